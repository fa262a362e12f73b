# cmake -DPROGRAM=… -P CheckNoTorch.cmake : fails when the program needs LibTorch.
execute_process(COMMAND ldd ${PROGRAM} OUTPUT_VARIABLE libraries RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "ldd ${PROGRAM} failed")
endif()
if(libraries MATCHES "torch|c10")
  message(FATAL_ERROR "${PROGRAM} links LibTorch:\n${libraries}")
endif()
