/// What the sensors of topic_pubsub publish, as a program for CAF 0.17 defines it.
#pragma once

#include <cstdint>
#include <string>

#include "caf/meta/type_name.hpp"

namespace examples {

struct reading {
  std::string sensor;
  std::uint32_t number = 0;
  double celsius = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reading& x) {
  return f(caf::meta::type_name("examples::reading"), x.sensor, x.number, x.celsius);
}

}  // namespace examples
