# Imported target halfwave::hdf5: the HDF5 C library without MPI. CMake's own FindHDF5 asks the compiler wrapper that is
# first in PATH, which may be that of MPI.
find_path(HALFWAVE_HDF5_INCLUDE hdf5.h PATH_SUFFIXES hdf5/serial)
find_library(HALFWAVE_HDF5_LIBRARY NAMES hdf5_serial hdf5 PATH_SUFFIXES hdf5/serial)
if(NOT HALFWAVE_HDF5_INCLUDE OR NOT HALFWAVE_HDF5_LIBRARY)
  message(FATAL_ERROR "HDF5 was not found; scripts/setup installs it (Debian: libhdf5-dev).")
endif()
add_library(halfwave_hdf5 INTERFACE)
add_library(halfwave::hdf5 ALIAS halfwave_hdf5)
target_include_directories(halfwave_hdf5 SYSTEM INTERFACE ${HALFWAVE_HDF5_INCLUDE})
target_link_libraries(halfwave_hdf5 INTERFACE ${HALFWAVE_HDF5_LIBRARY})
