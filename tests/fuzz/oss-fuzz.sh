#!/bin/bash
# Builds the fuzz targets in OSS-Fuzz's way, with $CC, $LIB_FUZZING_ENGINE and $OUT set, for
# the sanitizer "address": a program, a dictionary and a seed corpus for each, and the shared
# libraries that they need in lib/. To try it here:
#   apt-get install clang patchelf zip; CC=clang OUT=/tmp/out tests/fuzz/oss-fuzz.sh
set -eu
cd "$(dirname "$0")/../.."
: "${CC:=clang}" "${OUT:?}"
build=${WORK:-build}/oss-fuzz

cmake -G Ninja -S . -B "$build" -DCMAKE_C_COMPILER="$CC" -DCMAKE_BUILD_TYPE=Release \
    -DSWATCH_FUZZ=ON -DSWATCH_FUZZ_ENGINE="${LIB_FUZZING_ENGINE:--fsanitize=fuzzer}"
cmake --build "$build"

mkdir -p "$OUT/lib"
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    cp "$build/tests/$name" "$OUT/"
    ldd "$OUT/$name" | awk '$3 ~ /^\// { print $3 }' | grep -v '/lib\(c\|m\|dl\|rt\|pthread\)\.so' |
        xargs cp -Lut "$OUT/lib"
    patchelf --force-rpath --set-rpath "\$ORIGIN/lib" "$OUT/$name"
    zip -qj "$OUT/${name}_seed_corpus.zip" "tests/fuzz/corpus/${name#fuzz_}"/*
    [ ! -e "tests/fuzz/$name.dict" ] || cp "tests/fuzz/$name.dict" "$OUT/"
done
