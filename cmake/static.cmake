# libswatch.a: one object, in which all but the public functions are out of a program's reach, as in
# the shared library.
set(object ${CMAKE_CURRENT_BINARY_DIR}/libswatch.o)
set(archive ${CMAKE_CURRENT_BINARY_DIR}/libswatch.a)
add_custom_command(OUTPUT ${archive}
  COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o ${object} $<TARGET_OBJECTS:swatch_objects>
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${object}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
  COMMAND ${CMAKE_AR} qcs ${archive} ${object}
  DEPENDS swatch_objects $<TARGET_OBJECTS:swatch_objects>
  COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(swatch_static ALL DEPENDS ${archive})
install(FILES ${archive} DESTINATION ${CMAKE_INSTALL_LIBDIR})
