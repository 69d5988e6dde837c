/// What the sensors of topic_pubsub publish, as a program for CAF 1.x defines it.
#pragma once

#include <cstdint>
#include <string>

namespace examples {

struct reading {
  std::string sensor;
  std::uint32_t number = 0;
  double celsius = 0;
};

template <class Inspector>
bool inspect(Inspector& f, reading& x) {
  return f.object(x)
      .pretty_name("examples::reading")
      .fields(f.field("sensor", x.sensor), f.field("number", x.number),
              f.field("celsius", x.celsius));
}

}  // namespace examples
