# What `make install` installs, and under which names other projects find it.
include(CMakePackageConfigHelpers)

install(TARGETS swatch_command)
install(TARGETS swatch EXPORT swatch)
install(DIRECTORY include/ TYPE INCLUDE FILES_MATCHING PATTERN "swatch*.h")
install(DIRECTORY models classes DESTINATION ${CMAKE_INSTALL_DATADIR}/swatch)
install(FILES README.md CHANGELOG.md LICENSE NOTICE TYPE DOC)
install(DIRECTORY docs TYPE DOC)

# Manual pages and completions, which the command writes from its tables of options.
if(NOT SWATCH_FUZZ)
  set(manual ${CMAKE_CURRENT_BINARY_DIR}/manual)
  add_custom_command(OUTPUT ${manual}/swatch.1
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${manual}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${manual}
    COMMAND swatch_command --write-manual ${manual}
    DEPENDS swatch_command VERBATIM)
  add_custom_target(manual ALL DEPENDS ${manual}/swatch.1)
  install(DIRECTORY ${manual}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
  install(FILES ${manual}/swatch.bash RENAME swatch
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${manual}/_swatch DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${manual}/swatch.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

# pkg-config: all paths hang on the file's own, so that an installed tree can be moved.
set(pc_folder ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH PC_PREFIX ${pc_folder} ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH PC_LIBDIR ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH PC_INCLUDEDIR ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
file(RELATIVE_PATH PC_DATADIR ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_DATADIR})
if(SWATCH_MATIO)
  set(PC_MATIO "matio, ")
endif()
if(SWATCH_XLSX)
  set(PC_XLSX "-lxlsxwriter ")
endif()
string(REGEX REPLACE "/$" "" PC_PREFIX ${PC_PREFIX})
configure_file(swatch.pc.in swatch.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/swatch.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# CMake: find_package(swatch) gives the target swatch::swatch.
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/swatch)
install(EXPORT swatch NAMESPACE swatch:: FILE swatchConfig.cmake DESTINATION ${package})
write_basic_package_version_file(swatchConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/swatchConfigVersion.cmake DESTINATION ${package})

install(CODE "set(libdir \"${CMAKE_INSTALL_LIBDIR}\")
set(soname libswatch.so.${SWATCH_SOVERSION})")
install(SCRIPT cmake/loader.cmake)

add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/uninstall.cmake
  COMMENT "Removing what `make install` has installed")
