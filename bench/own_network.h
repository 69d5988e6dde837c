/// What the contenders of this library have in common.
#pragma once

#include <stdexcept>
#include <utility>

#include "caf/expected.hpp"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/runtime_options.h"

namespace bench {

/// A result's value. Throws its error.
template <class T>
T value_of(caf::expected<T> result) {
  if (!result) throw std::runtime_error(dgram::describe(result.error()));
  return *std::move(result);
}

inline void expect_success(const caf::expected<void>& result) {
  if (!result) throw std::runtime_error(dgram::describe(result.error()));
}

inline dgram::runtime_options two_loops() {
  dgram::runtime_options options;
  options.loops = 2;
  return options;
}

}  // namespace bench
