/// What a topic of the benchmark carries, as a program for CAF 0.17 defines it.
#pragma once

#include <array>

#include "caf/meta/type_name.hpp"

namespace bench {

/// About as many bytes as the messages of other contenders.
struct numbers {
  std::array<double, 5> values{};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, numbers& x) {
  return f(caf::meta::type_name("bench::numbers"), x.values);
}

}  // namespace bench
