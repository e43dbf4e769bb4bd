# halfwave_skip_unused_pch(sources...): leaves LibTorch's precompiled header away from files that do not name its
# headers. Each use costs seconds, because templates that its inline functions mention are instantiated again.
function(halfwave_skip_unused_pch)
  foreach(source IN LISTS ARGN)
    file(STRINGS ${source} uses REGEX "^#include <(ATen|torch|c10|CLI)/" LIMIT_COUNT 1)
    if(NOT uses)
      set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()
