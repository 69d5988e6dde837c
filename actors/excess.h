/// Flow control terms that a subscriber may choose.
#pragma once

#include <cstdint>

namespace dgram {

/// Credits that never run out.
constexpr std::int64_t unlimited_credits = -1;

/// What becomes of datagrams that a subscriber has no credits for.
enum class excess : std::uint8_t {
  pause,        ///< The socket stops reading; only the kernel loses datagrams.
  lose_newest,  ///< A backlog is kept; datagrams that find it full are lost.
  lose_oldest,  ///< A backlog is kept; a new datagram replaces the oldest one.
};

/// The enumerator's name.
constexpr const char* to_string(excess beyond) noexcept {
  switch (beyond) {
    case excess::pause:
      return "pause";
    case excess::lose_newest:
      return "lose_newest";
    case excess::lose_oldest:
      return "lose_oldest";
  }
  return "unknown excess";
}

}  // namespace dgram
