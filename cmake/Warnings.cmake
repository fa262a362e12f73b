# Warnings for our own targets only; third-party sources and headers are compiled as they are.
option(QUARTET_WERROR "Treat warnings in our code as errors" OFF)

function(quartet_set_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local> -Wnon-virtual-dtor -Woverloaded-virtual
                         -Wno-missing-field-initializers $<$<BOOL:${QUARTET_WERROR}>:-Werror>)
endfunction()
