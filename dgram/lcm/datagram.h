/// Datagrams of LCM, Lightweight Communications and Marshalling: short messages and fragments of
/// long ones (https://lcm-proj.github.io/lcm/content/multicast-protocol.html). All numbers are
/// big-endian.
///
///   short      "LC02", u32 sequence, channel, NUL, payload
///   fragment   "LC03", u32 sequence, u32 size, u32 offset, u16 index, u16 count,
///              in the first one channel and NUL, then bytes of the payload
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace dgram::lcm {

/// A channel's name is 1 to this many bytes, none of them NUL.
inline constexpr std::size_t max_channel = 63;

/// Channel, NUL and payload of a short message are together at most this many bytes.
inline constexpr std::size_t max_short = 65'499;

/// A message has at most this many fragments.
inline constexpr std::size_t max_fragments = 65'535;

inline constexpr std::size_t short_header_size = 8;
inline constexpr std::size_t fragment_header_size = 20;

/// What one datagram carries of a message: all of a short one. Its views are into the datagram.
struct part {
  std::uint32_t sequence = 0;  ///< Counts the sender's messages, modulo 2^32.
  std::string_view channel;    ///< Empty in all fragments but the first.
  std::string_view bytes;      ///< Of the payload.
  std::uint32_t size = 0;      ///< Of the whole payload.
  std::uint32_t offset = 0;    ///< Of `bytes` in it.
  std::uint16_t index = 0;     ///< Of the fragment.
  std::uint16_t count = 1;     ///< Fragments of the message.
};

/// Why a datagram is none of LCM's.
enum class flaw : std::uint8_t {
  too_short,             ///< Shorter than its header.
  wrong_magic,           ///< Not "LC02" or "LC03": another protocol.
  no_channel,            ///< The name is empty.
  channel_too_long,      ///< More than `max_channel` bytes.
  unterminated_channel,  ///< No NUL ends the name.
  no_fragments,          ///< A count of 0.
  index_beyond_count,
  beyond_size,  ///< The bytes do not lie within the size announced.
};

inline constexpr std::size_t flaws = 8;

const char* to_string(flaw what) noexcept;

/// Reads a datagram. Allocates nothing.
std::variant<part, flaw> parse(std::string_view datagram) noexcept;

/// Whether it can name a channel.
bool is_channel(std::string_view name) noexcept;

/// What precedes the payload in a short message. Precondition: `is_channel(channel)`.
std::string short_header(std::uint32_t sequence, std::string_view channel);

/// What precedes the bytes in a fragment; `what.bytes` is not read. Precondition: the channel is
/// that of the message in the first fragment, and empty in others.
std::string fragment_header(const part& what);

}  // namespace dgram::lcm
