#!/bin/sh
# Checks that includes.sh finds each kind of fault, in a small tree made for it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# expect RESULT WORDS: includes.sh passes (0) or fails (1), and says the words
expect() {
    result=0
    "$here/includes.sh" "$tree" >"$tree/said" 2>&1 || result=1
    if [ "$result" != "$1" ] || { [ "$2" ] && ! grep -q -- "$2" "$tree/said"; }; then
        echo "includes.sh should end with $1 and say: $2" >&2
        cat "$tree/said" >&2
        exit 1
    fi
}

mkdir -p "$tree/docs" "$tree/src/top" "$tree/src/low/deep"
cat >"$tree/docs/architecture.md" <<'END'
## Who may include whom

    top -> low
    low -> include
    <png.h>: low/deep
END
cat >"$tree/src/top/a.c" <<'END'
#include "low/b.h"
#include <swatch.h>
END
cat >"$tree/src/low/b.h" <<'END'
#include "low/inside.h"
END
echo '#include "low/b.h"' >"$tree/src/low/b.c"
echo '#include "low/b.h"' >"$tree/src/low/inside.h"
echo '#include <png.h>' >"$tree/src/low/deep/c.c"
expect 0 ''

echo '#include "top/a.h"' >>"$tree/src/low/b.c"
expect 1 'src/low/b.c: includes "top/a.h", but low may not include top'
echo '#include "low/b.h"' >"$tree/src/low/b.c"

echo '#  include <png.h>' >>"$tree/src/low/b.c"
expect 1 'src/low/b.c: <png.h> is for low/deep alone'
echo '#include "low/b.h"' >"$tree/src/low/b.c"

# A circle through two files, one of them by way of a header that has no file of its own.
echo '#include "low/c.h"' >>"$tree/src/low/inside.h"
touch "$tree/src/low/c.h"
echo '#include "low/b.h"' >"$tree/src/low/c.c"
expect 1 'files that need each other in a circle'
rm "$tree/src/low/c.c"
expect 0 ''

echo '    "low/d.h": all' >>"$tree/docs/architecture.md"
echo '    other -> include' >>"$tree/docs/architecture.md"
mkdir "$tree/src/other"
echo '#include "low/d.h"' >"$tree/src/other/e.c"
echo '#include <stdio.h>' >"$tree/src/low/d.h"
expect 0 ''
echo '#include "low/c.h"' >>"$tree/src/other/e.c"
expect 1 'src/other/e.c: includes "low/c.h", but other may not include low'
echo '#include "low/d.h"' >"$tree/src/other/e.c"
echo '#include "low/c.h"' >>"$tree/src/low/d.h"
expect 1 'src/low/d.h: includes "low/c.h", but a header that is open to all'
rm -r "$tree/src/other" "$tree/src/low/d.h"

mkdir "$tree/src/new"
echo '#include <stdio.h>' >"$tree/src/new/d.c"
expect 1 'the room new is not in docs/architecture.md'
rm -r "$tree/src/new"

sed -i 's/low -> include/low -> top/' "$tree/docs/architecture.md"
expect 1 'top is no room of a line below'
sed -i '/->/d' "$tree/docs/architecture.md"
expect 1 'there is no table of rooms'
