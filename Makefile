# The front door: CMake does the work (CMakePresets.json), this remembers the words.
PREFIX ?= /usr/local
DESTDIR ?=
SAMPLES = examples/astronaut.png examples/grace_hopper.jpg

.PHONY: all cuda demo test test-gpu bench fuzz install clean format format-check

# The library and the command, in build/release
all:
	@test -f build/release/build.ninja || cmake --preset release
	@cmake --build --preset release

# The module for NVIDIA GPUs beside the library (needs nvcc and cuDNN)
cuda: all
	@cmake --build --preset release --target swatch_cuda

# The sample photos cut out and measured, in out/
demo:
	tools/install-deps
	$(MAKE) all
	build/release/swatch extract $(SAMPLES) -o out --overwrite
	@echo "The cards are out/astronaut/card.png and out/grace_hopper/card.png"

# Everything under AddressSanitizer and UBSan
test:
	tools/install-deps
	cmake --preset test
	cmake --build --preset test
	ctest --preset test

# Layers and training steps on a GPU against the CPU
test-gpu:
	cmake -G Ninja -B build/gpu
	cmake --build build/gpu --target swatch_cuda test_cuda test_cuda_training
	ctest --test-dir build/gpu -L gpu -V

# Speed and memory of this machine
bench: all
	bench/extract
	bench/train

# libFuzzer programs in build/fuzz (needs clang)
fuzz:
	cmake --preset fuzz
	cmake --build --preset fuzz

# make install PREFIX=/usr DESTDIR=/tmp/package
install: all
	cmake -DCMAKE_INSTALL_PREFIX=$(PREFIX) build/release
	cmake --build --preset release
	DESTDIR=$(DESTDIR) cmake --install build/release

clean:
	rm -rf build out

format:
	clang-format -i $$(git ls-files '*.c' '*.h' '*.cu' '*.cpp')

format-check:
	clang-format --dry-run --Werror $$(git ls-files '*.c' '*.h' '*.cu' '*.cpp')
