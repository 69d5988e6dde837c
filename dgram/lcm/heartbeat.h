/// What a sender says of itself from time to time, so that receivers find what they have lost where
/// no later message shows it: the last ones, the first ones, and those before a restart.
///
/// A short message of LCM on a channel of its own, in which tools of LCM see it. It has the number
/// of the latest message instead of one of its own.
///
///   u8 version, u64 instance, u32 first, u32 age
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "caf_dgram/dgram/lcm/datagram.h"

namespace dgram::lcm {

struct heartbeat {
  /// Its channel.
  static constexpr std::string_view channel = "CAF_DGRAM_HEARTBEAT";

  static constexpr std::size_t payload_size = 17;

  /// 49 days.
  static constexpr std::chrono::milliseconds max_age{0xffff'ffff};

  static constexpr std::size_t datagram_size =
      short_header_size + channel.size() + 1 + payload_size;

  std::uint64_t instance = 0;        ///< Drawn by the sender when it begins.
  std::uint32_t first = 0;           ///< The number of its first message.
  std::uint32_t latest = 0;          ///< Of its latest one; `first` - 1 if there is none yet.
  std::chrono::milliseconds age{0};  ///< Since it began; up to `max_age`, which may be more.

  /// As a datagram.
  std::array<char, datagram_size> write() const noexcept;
};

/// Reads a heartbeat; none if the message is on another channel, of another version, or cut.
std::optional<heartbeat> read_heartbeat(const part& message) noexcept;

}  // namespace dgram::lcm
