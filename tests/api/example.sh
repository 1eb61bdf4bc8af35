#!/usr/bin/env bash
# The program that opens swatch.h, as it is printed there, compiled as C and as C++ and run on a
# sample photo:
#     example.sh SOURCE LIBRARY_FOLDER [COMPILER_FLAG]...
set -eu
source=$1 libraries=$2
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

sed -n '/^\/\/ A complete program/,/^\/\/     }$/p' "$source/include/swatch.h" |
    sed -n 's/^\/\/     //p; s/^\/\/$//p' >"$folder/example.c"
grep -q 'int main' "$folder/example.c"
cp "$source/examples/grace_hopper.jpg" "$folder/anna.jpg"
cd "$folder"
for language in c c++; do
    compiler=cc
    [ "$language" = c ] || compiler=c++
    "$compiler" -Wall -Wextra -pedantic -Werror "$@" -x "$language" example.c \
        -I"$source/include" -L"$libraries" -lswatch -Wl,-rpath,"$libraries" -o example
    rm -rf anna
    SWATCH_DATA=$source ./example >out.json
    grep -q '"photo":' out.json
    test -f anna/card.png
    test -f anna/person.png
done
