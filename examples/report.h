/// Reports errors to the user.
#pragma once

#include <cstdio>

#include "caf_dgram/actors/error.h"

namespace examples {

/// Prints an error; returns the exit status.
inline int report(const caf::error& why) {
  std::fprintf(stderr, "%s\n", dgram::describe(why).c_str());
  return 1;
}

}  // namespace examples
