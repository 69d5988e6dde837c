# Finds CAF for this build and for those that find the installed package.
#
# Sets CAF_DGRAM_CAF_VERSION (major.minor), and CAF_DGRAM_CAF_PROBLEM to what is
# wrong, if anything is. Otherwise the target caf_dgram::caf_core stands for CAF.
# CMAKE_PREFIX_PATH, CAF_ROOT or CAF_INCLUDE_DIR choose one of several
# installations. CAF 0.17 brings no package for CMake.

find_path(CAF_INCLUDE_DIR caf/config.hpp HINTS "${CAF_ROOT}" ENV CAF_ROOT PATH_SUFFIXES include)
set(CAF_DGRAM_CAF_VERSION "")
set(CAF_DGRAM_CAF_PROBLEM "")

if(CAF_INCLUDE_DIR)
  # Headers and library have to be of one installation.
  get_filename_component(_caf_dgram_prefix "${CAF_INCLUDE_DIR}" DIRECTORY)
  find_library(CAF_CORE_LIBRARY NAMES caf_core caf_core_static
    PATHS "${_caf_dgram_prefix}"
    PATH_SUFFIXES "lib/${CMAKE_LIBRARY_ARCHITECTURE}" lib lib64
    NO_DEFAULT_PATH)
  unset(_caf_dgram_prefix)

  # CAF 1.x names the parts in a file of its own; 0.17.6 has 1706 for all of them.
  set(_caf_dgram_file "${CAF_INCLUDE_DIR}/caf/config.hpp")
  set(_caf_dgram_pattern "^#define CAF_(MAJOR_|MINOR_|)VERSION [0-9]+")
  file(STRINGS "${_caf_dgram_file}" _caf_dgram_lines REGEX "${_caf_dgram_pattern}")
  if(NOT _caf_dgram_lines)
    set(_caf_dgram_file "${CAF_INCLUDE_DIR}/caf/detail/build_config.hpp")
    if(EXISTS "${_caf_dgram_file}")
      file(STRINGS "${_caf_dgram_file}" _caf_dgram_lines REGEX "${_caf_dgram_pattern}")
    endif()
  endif()
  if(_caf_dgram_lines MATCHES "MAJOR_VERSION ([0-9]+).*MINOR_VERSION ([0-9]+)")
    set(CAF_DGRAM_CAF_VERSION "${CMAKE_MATCH_1}.${CMAKE_MATCH_2}")
  elseif(_caf_dgram_lines MATCHES "CAF_VERSION ([0-9]+)")
    math(EXPR _caf_dgram_minor "${CMAKE_MATCH_1} / 100 % 100")
    set(CAF_DGRAM_CAF_VERSION "0.${_caf_dgram_minor}")
    unset(_caf_dgram_minor)
  else()
    set(CAF_DGRAM_CAF_PROBLEM "${_caf_dgram_file} does not define CAF's version as numbers")
  endif()
  unset(_caf_dgram_file)
  unset(_caf_dgram_lines)
  unset(_caf_dgram_pattern)
endif()

if(NOT CAF_INCLUDE_DIR)
  set(CAF_DGRAM_CAF_PROBLEM
    "caf/config.hpp was not found: install CAF (Debian: libcaf-dev) or name its prefix in CMAKE_PREFIX_PATH")
elseif(NOT CAF_CORE_LIBRARY)
  set(CAF_DGRAM_CAF_PROBLEM
    "the library caf_core was not found beside the headers in ${CAF_INCLUDE_DIR}")
elseif(NOT CAF_DGRAM_CAF_PROBLEM AND NOT TARGET caf_dgram::caf_core)
  add_library(caf_dgram::caf_core UNKNOWN IMPORTED)
  set_target_properties(caf_dgram::caf_core PROPERTIES
    IMPORTED_LOCATION "${CAF_CORE_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
endif()
