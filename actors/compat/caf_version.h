/// Tells CAF's main branch from its releases.
#pragma once

#include "caf/config.hpp"

// What follows 1.1 says 1.1 of itself.
#if CAF_MAJOR_VERSION >= 1 && __has_include("caf/abstract_ref_counted.hpp")
#define CAF_DGRAM_AFTER_CAF_1_1
#endif
