# What is installed: the library, its public headers, and a package for CMake and for pkg-config.

include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/caf_dgram")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

install(TARGETS caf_dgram EXPORT caf_dgram-targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(EXPORT caf_dgram-targets NAMESPACE caf_dgram:: DESTINATION "${package_dir}")
if(CAF_DGRAM_BUS)
  install(TARGETS caf_dgram_bus EXPORT caf_dgram_bus-targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(EXPORT caf_dgram_bus-targets NAMESPACE caf_dgram:: DESTINATION "${package_dir}")
endif()

# Public is what lies at the top, and what those headers need to fit CAF's version.
set(public_folders actors actors/compat dgram)
if(NOT CAF_DGRAM_CAF_VERSION VERSION_LESS 1)
  list(APPEND public_folders actors/caf_1)
endif()
if(CAF_DGRAM_BUS)
  list(APPEND public_folders actors/bus)
  install(FILES "${PROJECT_SOURCE_DIR}/dgram/lcm/loss_place.h" COMPONENT caf_dgram_headers
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/caf_dgram/dgram/lcm")
endif()
foreach(folder IN LISTS public_folders)
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.h")
  install(FILES ${headers} COMPONENT caf_dgram_headers
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/caf_dgram/${folder}")
endforeach()

configure_package_config_file(cmake/caf_dgram-config.cmake.in
  "${PROJECT_BINARY_DIR}/caf_dgram-config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/caf_dgram-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/caf_dgram-config.cmake"
  "${PROJECT_BINARY_DIR}/caf_dgram-config-version.cmake"
  cmake/caf_dgram_find_caf.cmake
  DESTINATION "${package_dir}")

# The default paths must not be named: they would get ahead of another prefix.
get_filename_component(caf_lib_dir "${CAF_CORE_LIBRARY}" DIRECTORY)
set(caf_libs "-lcaf_core")
set(caf_cflags "")
if(NOT CAF_INCLUDE_DIR IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
  set(caf_libs "-L${caf_lib_dir} -lcaf_core")
  set(caf_cflags " -I${CAF_INCLUDE_DIR}")
endif()
file(RELATIVE_PATH prefix_from_pc "/${pkgconfig_dir}" "/")
string(REGEX REPLACE "/$" "" prefix_from_pc "${prefix_from_pc}")
set(modules caf_dgram)
if(CAF_DGRAM_BUS)
  list(APPEND modules caf_dgram_bus)
endif()
foreach(module IN LISTS modules)
  configure_file("cmake/${module}.pc.in" "${PROJECT_BINARY_DIR}/${module}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${module}.pc" DESTINATION "${pkgconfig_dir}")
endforeach()
