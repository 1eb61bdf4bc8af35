#!/bin/sh
# symbols.sh LIBRARY: checks that it exports functions of the public headers alone, and all of them
# with a version (cmake/swatch.map).
exported=$(nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }')
foreign=$(echo "$exported" | grep -v '^swatch_[a-z0-9_]*@@SWATCH_[0-9]*$')
if [ -z "$exported" ] || [ -n "$foreign" ]; then
    echo "$1 exports ${foreign:-nothing}" >&2
    exit 1
fi
