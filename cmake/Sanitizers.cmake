# -DQUARTET_SANITIZE=address,undefined (or thread) instruments everything that we compile.
set(QUARTET_SANITIZE "" CACHE STRING "Comma-separated sanitizers, e.g. address,undefined")
if(QUARTET_SANITIZE)
  add_compile_options(-fsanitize=${QUARTET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${QUARTET_SANITIZE})
endif()
