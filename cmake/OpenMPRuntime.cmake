# OpenMP by the compiler's flag alone. Named by path, the compiler's libgomp would stand beside the one that LibTorch
# brings; a program must have one runtime only, and that is the one found first: LibTorch's.
find_package(OpenMP REQUIRED COMPONENTS CXX)
set_target_properties(OpenMP::OpenMP_CXX PROPERTIES
  INTERFACE_LINK_LIBRARIES ""
  INTERFACE_LINK_OPTIONS "${OpenMP_CXX_FLAGS}")
