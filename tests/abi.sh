#!/bin/sh
# abi.sh write|check LIBRARY: keeps abi/libswatch.abi, a dump of the public functions and of the types
# that they need. `write` renews it, at a release. `check` fails where a program that was built with
# the library of then would not work with that of now; what was only added is no fault.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
dump=$root/abi/libswatch.abi
if ! command -v abidw >/dev/null; then
    echo "abi.sh: the ABI is not checked: abidiff is missing (Debian: abigail-tools)" >&2
    exit 77
fi
write() { # FILE: without what depends on where the sources lie
    abidw --headers-dir "$root/include" --exported-interfaces-only --no-corpus-path \
        --no-comp-dir-path --no-elf-needed "$2" | sed "s|filepath='[^']*/include/swatch|\
filepath='include/swatch|; s|path='$root/|path='|" >"$1"
}

case $1 in
write) write "$dump" "$2" ;;
check)
    # A struct that begins with its size may grow at its end (abi/growing.txt).
    abidiff --headers-dir1 "$root/include" --headers-dir2 "$root/include" --no-show-locs \
        --no-added-syms --suppressions "$root/abi/growing.txt" "$dump" "$2" || {
        echo "abi.sh: programs that are built already would break. Mend that; or, before the first" \
            "release or with a new SWATCH_SOVERSION, run make abi" >&2
        exit 1
    }
    ;;
esac
