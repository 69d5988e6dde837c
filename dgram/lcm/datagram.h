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
#include <string_view>
#include <variant>

namespace dgram::lcm {

/// A channel's name is 1 to this many bytes, none of them NUL.
inline constexpr std::size_t max_channel = 63;

/// Channel, NUL and payload of a short message are together at most this many bytes.
inline constexpr std::size_t max_short = 65'499;

/// A message has at most this many fragments.
inline constexpr std::size_t max_fragments = 65'535;

/// liblcm ignores messages of more bytes.
inline constexpr std::size_t max_message = std::size_t{1} << 28U;

/// Without channel and NUL.
inline constexpr std::size_t short_header_size = 8;
inline constexpr std::size_t fragment_header_size = 20;

/// With the longest channel.
inline constexpr std::size_t max_short_header_size = short_header_size + max_channel + 1;
inline constexpr std::size_t max_header_size = fragment_header_size + max_channel + 1;

/// What one datagram carries of a message: a fragment, or all of a short message. Its views are
/// into the datagram.
struct part {
  bool is_short = false;       ///< Then it is the only one, index 0 of 1.
  std::uint32_t sequence = 0;  ///< Counts the sender's messages, modulo 2^32.
  std::string_view channel;    ///< Empty in all fragments but the first.
  std::string_view bytes;      ///< Of the payload.
  std::uint32_t size = 0;      ///< Of the whole payload.
  std::uint32_t offset = 0;    ///< Of `bytes` in it.
  std::uint16_t index = 0;     ///< Of the fragment.
  std::uint16_t count = 1;     ///< Fragments of the message.
  bool follows = false;        ///< Another message of its pack.
};

/// Why a datagram is rejected.
enum class flaw : std::uint8_t {
  too_short,             ///< Shorter than its header.
  wrong_magic,           ///< Not "LC02" or "LC03": another protocol.
  no_channel,            ///< The name is empty.
  channel_too_long,      ///< More than `max_channel` bytes.
  unterminated_channel,  ///< No NUL ends the name.
  no_fragments,          ///< A count of 0.
  too_many_fragments,    ///< More than the message has bytes.
  index_beyond_count,    ///< A fragment's number is not below the count.
  beyond_size,           ///< The bytes do not lie within the size announced.
  misplaced,             ///< The place is not one of a message cut into equal parts.
  unknown_heartbeat,     ///< On the channel of heartbeats, but none that is understood.
  damaged_pack,          ///< A pack with something that is no group of messages.
};

inline constexpr std::size_t flaws = static_cast<std::size_t>(flaw::damaged_pack) + 1;

const char* to_string(flaw what) noexcept;

/// Reads a datagram. Allocates nothing.
std::variant<part, flaw> parse(std::string_view datagram) noexcept;

/// Whether it can name a channel.
bool is_channel(std::string_view name) noexcept;

/// Writes what precedes the bytes of a part in its datagram, and returns how much that is: at most
/// `max_header_size`. Precondition: `is_channel(what.channel)` in a short message and a first
/// fragment.
std::size_t write_header(const part& what, char* to) noexcept;

}  // namespace dgram::lcm
