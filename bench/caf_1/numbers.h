/// What a topic of the benchmark carries, as a program for CAF 1.x defines it.
#pragma once

#include <array>

namespace bench {

/// About as many bytes as the messages of other contenders.
struct numbers {
  std::array<double, 5> values{};
};

template <class Inspector>
bool inspect(Inspector& f, numbers& x) {
  return f.object(x).pretty_name("bench::numbers").fields(f.field("values", x.values));
}

}  // namespace bench
