# The target swatch_cuda, libswatch-cuda.so, where nvcc and cuDNN are.
include(CheckLanguage)
check_language(CUDA)
find_package(CUDAToolkit QUIET)
find_path(CUDNN_INCLUDE cudnn.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
find_library(CUDNN_LIBRARY cudnn HINTS ${CUDAToolkit_LIBRARY_DIR})
if(NOT CMAKE_CUDA_COMPILER OR NOT CUDAToolkit_FOUND OR NOT CUDNN_INCLUDE OR NOT CUDNN_LIBRARY)
  if(NOT SWATCH_CUDA STREQUAL "AUTO")
    message(FATAL_ERROR "SWATCH_CUDA is ${SWATCH_CUDA}, but CUDA with cuDNN is not here")
  endif()
  message(STATUS "CUDA with cuDNN is not here: swatch train will use the CPU alone")
  return()
endif()

# A100, H100, and whatever comes later by way of the last one's PTX.
set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
set(CMAKE_CUDA_STANDARD 17)
set(CMAKE_CUDA_FLAGS_RELEASE "-O3")
enable_language(CUDA)

# Gradients pass from GPU to GPU where NCCL is, else through the host.
find_path(NCCL_INCLUDE nccl.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
find_library(NCCL_LIBRARY nccl HINTS ${CUDAToolkit_LIBRARY_DIR})

file(GLOB CUDA_SOURCES CONFIGURE_DEPENDS src/nn/cuda/*.cu src/nn/cuda/*.c)
if(NOT NCCL_INCLUDE OR NOT NCCL_LIBRARY)
  message(STATUS "NCCL is not here: gradients of ranks on GPUs will pass through the host")
  list(FILTER CUDA_SOURCES EXCLUDE REGEX "/sums\\.cu$")
endif()
# Symbols of the library are out of its reach: it has its own copy of what it needs.
add_library(swatch_cuda MODULE EXCLUDE_FROM_ALL ${CUDA_SOURCES} src/base/error.c)
set_target_properties(swatch_cuda PROPERTIES OUTPUT_NAME swatch-cuda CUDA_VISIBILITY_PRESET hidden
                      CUDA_RUNTIME_LIBRARY Static BUILD_WITH_INSTALL_RPATH ON)
target_compile_options(swatch_cuda PRIVATE
  $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra>)
if(SWATCH_WERROR)
  target_compile_options(swatch_cuda PRIVATE
    "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings;-Xcompiler=-Werror>")
endif()
target_include_directories(swatch_cuda PRIVATE include src SYSTEM ${CUDNN_INCLUDE})
target_link_options(swatch_cuda PRIVATE LINKER:--no-undefined)
target_link_libraries(swatch_cuda PRIVATE ${CUDNN_LIBRARY})
if(NCCL_INCLUDE AND NCCL_LIBRARY)
  target_compile_definitions(swatch_cuda PRIVATE CUDA_NCCL)
  target_include_directories(swatch_cuda SYSTEM PRIVATE ${NCCL_INCLUDE})
  target_link_libraries(swatch_cuda PRIVATE ${NCCL_LIBRARY})
endif()
install(TARGETS swatch_cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} OPTIONAL)
