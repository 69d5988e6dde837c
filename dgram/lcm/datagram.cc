#include "caf_dgram/dgram/lcm/datagram.h"

#include <algorithm>
#include <optional>

#include "caf_dgram/dgram/lcm/big_endian.h"

namespace dgram::lcm {
namespace {

constexpr std::uint32_t short_magic = 0x4c433032;     // "LC02"
constexpr std::uint32_t fragment_magic = 0x4c433033;  // "LC03"

/// Splits channel and NUL from the front of `text`, which gets what follows.
std::variant<std::string_view, flaw> take_channel(std::string_view& text) noexcept {
  const auto end = text.substr(0, max_channel + 1).find('\0');
  if (end == std::string_view::npos) {
    return text.size() > max_channel ? flaw::channel_too_long : flaw::unterminated_channel;
  }
  if (end == 0) return flaw::no_channel;
  const auto channel = text.substr(0, end);
  text.remove_prefix(end + 1);
  return channel;
}

// These write into the result of `parse`: a part is large for a copy.

std::optional<flaw> read_short(std::string_view datagram, part& result) noexcept {
  if (datagram.size() < short_header_size) return flaw::too_short;
  big_endian_reader in(datagram.substr(sizeof(short_magic)));
  result.is_short = true;
  result.sequence = in.take<std::uint32_t>();
  result.bytes = in.rest();
  const auto channel = take_channel(result.bytes);
  if (const auto* wrong = std::get_if<flaw>(&channel)) return *wrong;
  result.channel = std::get<std::string_view>(channel);
  result.size = static_cast<std::uint32_t>(result.bytes.size());
  return std::nullopt;
}

std::optional<flaw> read_fragment(std::string_view datagram, part& result) noexcept {
  if (datagram.size() < fragment_header_size) return flaw::too_short;
  big_endian_reader in(datagram.substr(sizeof(fragment_magic)));
  result.sequence = in.take<std::uint32_t>();
  result.size = in.take<std::uint32_t>();
  result.offset = in.take<std::uint32_t>();
  result.index = in.take<std::uint16_t>();
  result.count = in.take<std::uint16_t>();
  result.bytes = in.rest();
  if (result.count == 0) return flaw::no_fragments;
  if (result.count > std::max<std::uint32_t>(result.size, 1)) return flaw::too_many_fragments;
  if (result.index >= result.count) return flaw::index_beyond_count;
  if (result.index == 0) {
    const auto channel = take_channel(result.bytes);
    if (const auto* wrong = std::get_if<flaw>(&channel)) return *wrong;
    result.channel = std::get<std::string_view>(channel);
  }
  if (result.offset > result.size || result.bytes.size() > result.size - result.offset) {
    return flaw::beyond_size;
  }
  const bool is_last = result.index + 1 == result.count;
  const bool fits =
      is_last ? result.offset + result.bytes.size() == result.size
              : result.bytes.size() * (std::max<std::size_t>(result.index, 1) - 1) <= result.offset;
  if (!fits || (result.index == 0 && result.offset != 0)) return flaw::misplaced;
  return std::nullopt;
}

std::optional<flaw> read(std::string_view datagram, part& result) noexcept {
  if (datagram.size() < sizeof(short_magic)) return flaw::too_short;
  switch (big_endian_reader(datagram).take<std::uint32_t>()) {
    case short_magic:
      return read_short(datagram, result);
    case fragment_magic:
      return read_fragment(datagram, result);
    default:
      return flaw::wrong_magic;
  }
}

}  // namespace

const char* to_string(flaw what) noexcept {
  switch (what) {
    case flaw::too_short:
      return "shorter than its header";
    case flaw::wrong_magic:
      return "not LCM";
    case flaw::no_channel:
      return "no channel";
    case flaw::channel_too_long:
      return "channel of more than 63 bytes";
    case flaw::unterminated_channel:
      return "channel without an end";
    case flaw::no_fragments:
      return "0 fragments";
    case flaw::too_many_fragments:
      return "more fragments than bytes";
    case flaw::index_beyond_count:
      return "fragment number beyond their count";
    case flaw::beyond_size:
      return "bytes beyond the message's size";
    case flaw::misplaced:
      return "fragment at the wrong place";
    case flaw::unknown_heartbeat:
      return "unknown heartbeat";
    case flaw::damaged_pack:
      return "damaged pack";
  }
  return "unknown flaw";
}

std::variant<part, flaw> parse(std::string_view datagram) noexcept {
  std::variant<part, flaw> result;
  if (const auto wrong = read(datagram, *std::get_if<part>(&result))) result = *wrong;
  return result;
}

bool is_channel(std::string_view name) noexcept {
  return !name.empty() && name.size() <= max_channel && name.find('\0') == std::string_view::npos;
}

std::size_t write_header(const part& what, char* to) noexcept {
  big_endian_writer out(to);
  out.put(what.is_short ? short_magic : fragment_magic);
  out.put(what.sequence);
  if (!what.is_short) {
    out.put(what.size);
    out.put(what.offset);
    out.put(what.index);
    out.put(what.count);
  }
  if (what.index == 0) {
    out.put(what.channel);
    out.put('\0');
  }
  return out.written();
}

}  // namespace dgram::lcm
