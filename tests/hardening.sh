#!/bin/sh
# hardening.sh FORTIFY LIBRARY COMMAND: checks what both were built with. FORTIFY is "fortify", or
# "sanitized": the sanitizers have checks of their own in its place.
set -eu
fortify=$1 library=$2 command=$3
bad=0
fault() {
    echo "$1: $2" >&2
    bad=1
}

for file in "$library" "$command"; do
    dynamic=$(readelf -dW "$file")
    program=$(readelf -lW "$file")
    symbols=$(readelf --dyn-syms -W "$file")

    # An entry of the search path that is empty or relative is a place under the current folder.
    path=$(echo "$dynamic" | sed -n 's/.*(R[UN]*PATH).*\[\(.*\)\]/\1/p')
    if [ -n "$path" ] && echo "$path" | tr ':' '\n' | grep -qv '^[$/]'; then
        fault "$file" "has an entry in its search path that depends on the current folder: $path"
    fi
    echo "$program" | grep -q GNU_RELRO || fault "$file" "has no RELRO"
    echo "$dynamic" | grep -Eq 'BIND_NOW|FLAGS.*NOW' || fault "$file" "binds lazily: no full RELRO"
    echo "$program" | grep GNU_STACK | grep -q RWE && fault "$file" "has an executable stack"
    echo "$symbols" | grep -q __stack_chk_fail || fault "$file" "has no stack protector"
    if [ "$fortify" = fortify ]; then
        echo "$symbols" | grep -Eq '__[a-z]+_chk(@| |$)' || fault "$file" "has no FORTIFY"
    fi
done
readelf -hW "$command" | grep -q 'Type: *DYN' || fault "$command" "is not position-independent"
exit $bad
