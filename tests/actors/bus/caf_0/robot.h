/// Types as programs for CAF 0.17 define them.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "caf/error.hpp"
#include "caf/meta/load_callback.hpp"
#include "caf/meta/type_name.hpp"
#include "caf/sec.hpp"

namespace robot {

enum class mode : std::uint8_t { idle, busy };

struct position {
  double x = 0;
  double y = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, position& x) {
  return f(caf::meta::type_name("robot::position"), x.x, x.y);
}

/// Like a position, in another unit.
struct place {
  float x = 0;
  float y = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, place& x) {
  return f(caf::meta::type_name("robot::position"), x.x, x.y);
}

/// Nothing but a number.
struct id {
  std::uint32_t value = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, id& x) {
  return f(x.value);
}

/// All kinds of members.
struct state {
  id who;
  std::string name;
  mode now = mode::idle;
  bool is_ready = false;
  std::int16_t level = 0;
  char letter = 'a';
  std::chrono::milliseconds up{0};
  std::array<float, 3> speed{};
  std::pair<std::uint8_t, std::int64_t> limits{};
  std::optional<position> target;
  std::vector<position> path;
  std::vector<std::uint8_t> image;
  std::vector<bool> flags;
  std::map<std::string, std::int32_t> counts;
  std::vector<state> parts;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, state& x) {
  return f(caf::meta::type_name("robot::state"), x.who, x.name, x.now, x.is_ready, x.level,
           x.letter, x.up, x.speed, x.limits, x.target, x.path, x.image, x.flags, x.counts,
           x.parts);
}

/// An even number.
struct even {
  int value = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, even& x) {
  return f(caf::meta::type_name("robot::even"), x.value, caf::meta::load_callback([&x] {
             return x.value % 2 == 0 ? caf::error() : caf::error(caf::sec::invalid_argument);
           }));
}

}  // namespace robot
