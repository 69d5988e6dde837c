/// Types as programs for CAF 1.x define them.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace robot {

enum class mode : std::uint8_t { idle, busy };

struct position {
  double x = 0;
  double y = 0;
};

template <class Inspector>
bool inspect(Inspector& f, position& x) {
  return f.object(x).pretty_name("robot::position").fields(f.field("x", x.x), f.field("y", x.y));
}

/// Like a position, in another unit.
struct place {
  float x = 0;
  float y = 0;
};

template <class Inspector>
bool inspect(Inspector& f, place& x) {
  return f.object(x).pretty_name("robot::position").fields(f.field("x", x.x), f.field("y", x.y));
}

/// Nothing but a number.
struct id {
  std::uint32_t value = 0;
};

template <class Inspector>
bool inspect(Inspector& f, id& x) {
  return f.apply(x.value);
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
bool inspect(Inspector& f, state& x) {
  return f.object(x)
      .pretty_name("robot::state")
      .fields(f.field("who", x.who), f.field("name", x.name), f.field("now", x.now),
              f.field("is_ready", x.is_ready), f.field("level", x.level),
              f.field("letter", x.letter), f.field("up", x.up), f.field("speed", x.speed),
              f.field("limits", x.limits), f.field("target", x.target), f.field("path", x.path),
              f.field("image", x.image), f.field("flags", x.flags), f.field("counts", x.counts),
              f.field("parts", x.parts));
}

/// An even number.
struct even {
  int value = 0;
};

template <class Inspector>
bool inspect(Inspector& f, even& x) {
  return f.object(x)
      .pretty_name("robot::even")
      .fields(f.field("value", x.value).invariant([](int value) { return value % 2 == 0; }));
}

}  // namespace robot
