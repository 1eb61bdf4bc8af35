#!/bin/sh
# install.sh BUILD CC CXX: installs what was built in the folder BUILD into a folder below it, uses it
# there as other projects do, and removes it again.
set -eu
build=$1 cc=$2 cxx=$3
root=$(cd "$(dirname "$0")/.." && pwd)
work=$build/install-test
unset DESTDIR SWATCH_DATA
export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

# Of an installation that a user made from here we keep the list of files.
list=$build/install_manifest.txt
[ ! -e "$list" ] || cp "$list" "$build/install_manifest.kept"
finish() {
    rm -rf "$work"
    rm -f "$list"
    [ ! -e "$build/install_manifest.kept" ] || mv "$build/install_manifest.kept" "$list"
}
rm -rf "$work"
trap finish EXIT
mkdir -p "$work/here"
cd "$work/here"
cp "$root/examples/grace_hopper.jpg" anna.jpg

# The program that opens swatch.h, as C and as C++.
sed -n '/^\/\/ A complete program/,/^\/\/     }$/p' "$root/include/swatch.h" |
    sed -n 's/^\/\/     //p; s/^\/\/$//p' >example.c
cp example.c example.cpp

# use FOLDER: the example in all its builds against what is installed there
use() {
    pc=$(dirname "$(find "$1" -name swatch.pc)")
    export PKG_CONFIG_PATH="$pc"
    library=$(pkg-config --variable=libdir swatch)
    # shellcheck disable=SC2046 # lists of words
    "$cc" -std=c11 -Wall -Wextra -pedantic -Werror $(pkg-config --cflags swatch) example.c \
        -o example-c $(pkg-config --libs swatch) "-Wl,-rpath,$library"
    # shellcheck disable=SC2046
    "$cxx" -std=c++11 -Wall -Wextra -pedantic -Werror $(pkg-config --cflags swatch) example.cpp \
        -o example-cpp $(pkg-config --libs swatch) "-Wl,-rpath,$library"
    programs="./example-c ./example-cpp"
    if [ -e "$library/libswatch.a" ]; then
        # shellcheck disable=SC2046
        "$cc" $(pkg-config --cflags swatch) example.c -o example-static \
            $(pkg-config --static --libs swatch | sed 's/-lswatch\b/-l:libswatch.a/')
        readelf -dW example-static | grep -q 'NEEDED.*libswatch' && fail "libswatch.a was not used"
        programs="$programs ./example-static"
    fi

    cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(example LANGUAGES C CXX)
find_package(swatch REQUIRED)
add_executable(found-c example.c)
add_executable(found-cpp example.cpp)
target_link_libraries(found-c swatch::swatch)
target_link_libraries(found-cpp swatch::swatch)
END
    rm -rf found
    cmake -S . -B found -G Ninja -DCMAKE_PREFIX_PATH="$1" -DCMAKE_C_COMPILER="$cc" \
        -DCMAKE_CXX_COMPILER="$cxx" >cmake.log 2>&1 || fail "find_package: $(cat cmake.log)"
    cmake --build found >cmake.log || fail "with find_package: $(cat cmake.log)"
    programs="$programs found/found-c found/found-cpp"

    for program in $programs; do
        rm -rf anna
        # The shared library finds the models beside itself; a program with libswatch.a is told.
        data=
        [ "$program" != ./example-static ] || data=$(pkg-config --variable=datadir swatch)
        SWATCH_DATA=$data "$program" >json || fail "$program failed"
        grep -q '"clothes"' json || fail "$program printed no colors"
        [ -s anna/card.png ] || fail "$program left no card"
    done
    command=$(find "$1" -path '*/bin/swatch')
    [ "$("$command" --version)" = "swatch $(pkg-config --modversion swatch)" ] ||
        fail "the command and swatch.pc are of different versions"
    "$command" extract anna.jpg --json >json || fail "the installed command failed"
    for file in docs/colors.md CHANGELOG.md LICENSE; do
        find "$1" -path "*/doc/swatch/$file" | grep -q . || fail "$file is not installed"
    done
    [ -s "$1/share/man/man1/swatch-extract.1" ] || fail "there are no manual pages"
    bash -n "$1/share/bash-completion/completions/swatch" || fail "there is no completion"
}

# removed FOLDER: nothing is left there
removed() {
    left=$(find "$1" ! -type d)
    [ -z "$left" ] || fail "uninstall left $left"
    left=$(find "$1" -path '*/swatch*')
    [ -z "$left" ] || fail "uninstall left the folder $left"
}

# Into a folder that the loader does not search, which is said; moved; and away again.
cmake --install "$build" --prefix "$work/prefix" >install.log 2>&1 || fail "$(cat install.log)"
grep -q "The loader does not search $work/prefix/lib" install.log ||
    fail "installing does not tell how the library is found: $(tail -n 3 install.log)"
use "$work/prefix"
mv "$work/prefix" "$work/moved"
use "$work/moved"
mv "$work/moved" "$work/prefix"
cmake --build "$build" --target uninstall >uninstall.log || fail "$(cat uninstall.log)"
removed "$work/prefix"

# As packages are made.
DESTDIR=$work/package cmake --install "$build" --prefix /usr >install.log 2>&1 || fail "$(cat install.log)"
grep -qi 'loader\|ldconfig' install.log && fail "under DESTDIR it is the package that calls ldconfig"
[ "$(ls "$work/package")" = usr ] || fail "files beside DESTDIR/usr: $(ls "$work/package")"
use "$work/package/usr"
DESTDIR=$work/package cmake --build "$build" --target uninstall >uninstall.log ||
    fail "$(cat uninstall.log)"
removed "$work/package"
