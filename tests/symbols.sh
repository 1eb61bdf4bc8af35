#!/bin/sh
# symbols.sh LIBRARY: everything a library exports must begin with swatch_, and something must be.
exported=$(nm -D --defined-only "$1" | awk '{ print $3 }')
foreign=$(echo "$exported" | grep -v '^swatch_')
if [ -z "$exported" ] || [ -n "$foreign" ]; then
    echo "$1 exports ${foreign:-nothing}" >&2
    exit 1
fi
