# Imported targets for LibTorch as it lies in PyPI's torch wheel: halfwave::torch (CPU) and
# halfwave::torch_cuda (for the CUDA module alone).
set(HALFWAVE_LIBTORCH "${PROJECT_SOURCE_DIR}/.deps/libtorch-2.11.0" CACHE PATH
    "Folder that holds torch/ and nvidia/, as scripts/setup lays it out")
set(_torch "${HALFWAVE_LIBTORCH}/torch")
if(NOT EXISTS "${_torch}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch was not found in ${HALFWAVE_LIBTORCH}: run scripts/setup, "
                      "or set -DHALFWAVE_LIBTORCH to a folder that holds torch/lib/libtorch_cpu.so.")
endif()

function(_halfwave_torch_library name soname)
  add_library(halfwave::${name} SHARED IMPORTED GLOBAL)
  set_target_properties(halfwave::${name} PROPERTIES
    IMPORTED_LOCATION "${_torch}/lib/${soname}"
    IMPORTED_NO_SONAME FALSE)
endfunction()

_halfwave_torch_library(c10 libc10.so)
_halfwave_torch_library(torch_cpu libtorch_cpu.so)

add_library(halfwave_torch INTERFACE)
add_library(halfwave::torch ALIAS halfwave_torch)
target_include_directories(halfwave_torch SYSTEM INTERFACE
  "${_torch}/include" "${_torch}/include/torch/csrc/api/include")
target_link_libraries(halfwave_torch INTERFACE halfwave::torch_cpu halfwave::c10)
target_link_options(halfwave_torch INTERFACE
  "LINKER:-rpath-link,${_torch}/lib" "LINKER:-rpath-link,${HALFWAVE_LIBTORCH}/nvidia/cu13/lib")

if(EXISTS "${_torch}/lib/libtorch_cuda.so")
  _halfwave_torch_library(c10_cuda libc10_cuda.so)
  _halfwave_torch_library(torch_cuda_lib libtorch_cuda.so)
  add_library(halfwave_torch_cuda INTERFACE)
  add_library(halfwave::torch_cuda ALIAS halfwave_torch_cuda)
  target_link_libraries(halfwave_torch_cuda INTERFACE
    halfwave_torch halfwave::torch_cuda_lib halfwave::c10_cuda)
  target_link_options(halfwave_torch_cuda INTERFACE "LINKER:--unresolved-symbols=ignore-in-shared-libs")
endif()
