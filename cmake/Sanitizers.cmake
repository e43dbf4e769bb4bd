set(HALFWAVE_SANITIZE "" CACHE STRING "Sanitizers to build with, for instance address,undefined")
if(HALFWAVE_SANITIZE)
  add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-fsanitize=${HALFWAVE_SANITIZE}>
                      $<$<COMPILE_LANGUAGE:C,CXX>:-fno-omit-frame-pointer>)
  add_link_options(-fsanitize=${HALFWAVE_SANITIZE})
endif()
