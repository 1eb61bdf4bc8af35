# Runs at the end of an installation: says what is to be done before programs find the library.
# libdir (as GNUInstallDirs has it) and soname are set.
if(NOT IS_ABSOLUTE "${libdir}")
  set(libdir "${CMAKE_INSTALL_PREFIX}/${libdir}")
endif()
find_program(LDCONFIG ldconfig PATHS /sbin /usr/sbin)
if(LDCONFIG AND "$ENV{DESTDIR}" STREQUAL "")
  execute_process(COMMAND ${LDCONFIG} -p OUTPUT_VARIABLE known ERROR_QUIET)
  execute_process(COMMAND ${LDCONFIG} -v -N -X OUTPUT_VARIABLE searched ERROR_QUIET)
  string(FIND "${known}" "=> ${libdir}/${soname}\n" at)
  string(FIND "\n${searched}" "\n${libdir}:" folder_at)
  if(at LESS 0 AND folder_at LESS 0)
    message(NOTICE "The loader does not search ${libdir}. The command swatch works; other programs "
            "find ${soname} with LD_LIBRARY_PATH=${libdir}, or when they are linked with "
            "-Wl,-rpath,${libdir}.")
  elseif(at LESS 0)
    message(NOTICE "Run ldconfig as root, so that programs find ${soname} in ${libdir}.")
  endif()
endif()
