/// Cuts messages into datagrams of a given size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "caf_dgram/dgram/lcm/datagram.h"

namespace dgram::lcm {

/// The parts of one message, each a datagram of `datagram_size` bytes; the last may be shorter.
/// Refers to channel and payload. liblcm wants them in order, and not mixed with those of another
/// message in fragments.
class cut {
 public:
  /// A datagram has room for a header with the longest channel, and for a byte; over IPv4 it has
  /// at most 65,507 bytes.
  static constexpr std::size_t least_datagram_size = max_header_size + 1;

  /// Preconditions: `is_channel(channel)`, `datagram_size` is one that the socket can send and at
  /// least `least_datagram_size`, and the message `is_possible`.
  cut(std::uint32_t sequence, std::string_view channel, std::string_view payload,
      std::size_t datagram_size) noexcept;

  /// Whether a message is neither above `max_message` nor needs too many fragments.
  static bool is_possible(std::size_t channel_size, std::size_t payload_size,
                          std::size_t datagram_size) noexcept;

  /// Whether the message is a short one, the only part.
  bool is_short() const noexcept { return count_ == 0; }

  std::size_t size() const noexcept { return is_short() ? 1 : count_; }

  part operator[](std::size_t index) const noexcept;

 private:
  std::uint32_t sequence_;
  std::string_view channel_;
  std::string_view payload_;
  std::size_t first_;  ///< Bytes of the payload in the first fragment.
  std::size_t other_;  ///< In any other but the last.
  std::size_t count_;  ///< Of fragments; 0 for a short message.
};

}  // namespace dgram::lcm
