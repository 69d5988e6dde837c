#include "caf_dgram/dgram/lcm/cut.h"

#include <algorithm>

namespace dgram::lcm {
namespace {

/// The fragments of a message, or 0 if it fits into one datagram as a short message.
std::size_t fragments_of(std::size_t channel_size, std::size_t payload_size,
                         std::size_t datagram_size) noexcept {
  const auto named = channel_size + 1 + payload_size;
  if (named <= max_short && short_header_size + named <= datagram_size) return 0;
  const auto room = datagram_size - fragment_header_size;
  return (named + room - 1) / room;
}

}  // namespace

cut::cut(std::uint32_t sequence, std::string_view channel, std::string_view payload,
         std::size_t datagram_size) noexcept
    : sequence_(sequence),
      channel_(channel),
      payload_(payload),
      first_(datagram_size - fragment_header_size - channel.size() - 1),
      other_(datagram_size - fragment_header_size),
      count_(fragments_of(channel.size(), payload.size(), datagram_size)) {}

bool cut::is_possible(std::size_t channel_size, std::size_t payload_size,
                      std::size_t datagram_size) noexcept {
  return payload_size <= max_message &&
         fragments_of(channel_size, payload_size, datagram_size) <= max_fragments;
}

part cut::operator[](std::size_t index) const noexcept {
  part result;
  result.sequence = sequence_;
  result.size = static_cast<std::uint32_t>(payload_.size());
  if (index == 0) result.channel = channel_;
  if (is_short()) {
    result.is_short = true;
    result.bytes = payload_;
    return result;
  }
  const auto begin = index == 0 ? 0 : first_ + (index - 1) * other_;
  result.bytes = payload_.substr(begin, index == 0 ? first_ : other_);
  result.offset = static_cast<std::uint32_t>(begin);
  result.index = static_cast<std::uint16_t>(index);
  result.count = static_cast<std::uint16_t>(count_);
  return result;
}

}  // namespace dgram::lcm
