#!/bin/sh
# No number with decimals goes into or out of text by the C library's own functions, which follow the
# locale: src/base/number.c is there for that. The command calls no setlocale, so what it says
# itself (src/cli) is free to.
cd "$1" || exit 1
found=$(find src -name '*.[ch]' -o -name '*.cu' | grep -v '^src/cli/\|^src/base/number\.[ch]$' |
    xargs grep -nE '[^%]%[-+#0-9.*]*[lL]?[efgEFG]|\b(strto(d|f|ld)|atof|(new|use|set)locale)\b')
[ -z "$found" ] && exit 0
printf 'these depend on the locale; see src/base/number.h:\n%s\n' "$found" >&2
exit 1
