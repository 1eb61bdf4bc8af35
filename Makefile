# The front door: CMake does the work (CMakePresets.json), this remembers the words.
PREFIX ?= /usr/local
DESTDIR ?=
SAMPLES = $(addprefix examples/,astronaut.png grace_hopper.jpg from_behind.jpg sweater.jpg)
FORMAT = clang-format
FORMATTED = $$(git ls-files '*.c' '*.h' '*.cu' '*.cpp')

.PHONY: all cuda demo test test-gpu check-clang tsan coverage lint aarch64 abi abi-check bench fuzz \
	python wheel test-scale image image-test install uninstall clean format format-check

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
	@ls out/*/card.png

# All tests under AddressSanitizer and UBSan; then what make builds, installed and used
test:
	tools/install-deps
	cmake --preset test
	cmake --build --preset test
	ctest --preset test
	$(MAKE) all
	ctest --preset release

# Layers and training steps on a GPU against the CPU
test-gpu:
	cmake -G Ninja -B build/gpu
	cmake --build build/gpu --target swatch_cuda test_cuda test_cuda_training
	ctest --test-dir build/gpu -L gpu -V

# All tests as clang compiles them, without sanitizers
check-clang:
	cmake --preset clang
	cmake --build --preset clang
	ctest --preset clang

# The tests of what runs in threads of ours, under ThreadSanitizer
tsan:
	cmake --preset tsan
	cmake --build --preset tsan --target tests_of_threads
	ctest --preset tsan

# The share of the lines of src/ that the tests run (needs gcovr)
coverage:
	cmake --preset coverage
	cmake --build --preset coverage
	ctest --preset coverage
	gcovr --root . --filter src/ --exclude src/nn/cuda/ --print-summary \
		--output build/coverage/lines.txt build/coverage

# Static analysis by clang-tidy 14 and cppcheck; says what to mend
lint:
	tools/lint

# The library and its unit tests for 64-bit ARM, run by qemu
aarch64:
	tools/aarch64

# The public functions and types: written down, and compared with what was written down
# (needs abigail-tools)
abi: all
	tests/abi.sh write build/release/libswatch.so
abi-check: all
	tests/abi.sh check build/release/libswatch.so

# The Python package of this tree, tested in a fresh virtual environment (needs PyPI)
python:
	python/test-wheel

# The same for PyPI, with all libraries inside, in build/dist (needs PyPI and Debian's sources)
wheel:
	python/build-wheel
	python/test-wheel build/dist/swatchkit-*.whl

# The examples for Ray and Spark with the package of this tree (needs PyPI and Java)
test-scale:
	python/test-scale

# Speed and memory of this machine
bench: all
	bench/extract
	bench/train

# libFuzzer programs in build/fuzz (needs clang)
fuzz:
	cmake --preset fuzz
	cmake --build --preset fuzz

# The image of `swatch serve`, by docker (deploy/Dockerfile); its steps without docker
image:
	docker build --file deploy/Dockerfile --tag swatch .
image-test:
	deploy/test-image

# make install PREFIX=/usr DESTDIR=/tmp/package
install: all
	cmake -DCMAKE_INSTALL_PREFIX=$(PREFIX) build/release
	cmake --build --preset release
	DESTDIR=$(DESTDIR) cmake --install build/release

# What the last make install wrote; with the same DESTDIR, if there was one
uninstall:
	DESTDIR=$(DESTDIR) cmake --build --preset release --target uninstall

clean:
	rm -rf build out

format:
	$(FORMAT) -i $(FORMATTED)

format-check:
	$(FORMAT) --dry-run --Werror $(FORMATTED)
