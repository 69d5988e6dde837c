#include "caf_dgram/dgram/lcm/heartbeat.h"

#include <algorithm>

#include "caf_dgram/dgram/lcm/big_endian.h"

namespace dgram::lcm {
namespace {

constexpr std::uint8_t version = 1;

}  // namespace

std::array<char, heartbeat::datagram_size> heartbeat::write() const noexcept {
  part what;
  what.is_short = true;
  what.sequence = latest;
  what.channel = channel;
  std::array<char, datagram_size> result{};
  big_endian_writer out(result.data() + write_header(what, result.data()));
  out.put(version);
  out.put(instance);
  out.put(first);
  out.put(
      static_cast<std::uint32_t>(std::clamp(age, std::chrono::milliseconds(0), max_age).count()));
  return result;
}

std::optional<heartbeat> read_heartbeat(const part& message) noexcept {
  if (!message.is_short || message.channel != heartbeat::channel) return std::nullopt;
  if (message.bytes.size() < heartbeat::payload_size) return std::nullopt;
  big_endian_reader in(message.bytes);
  if (in.take<std::uint8_t>() != version) return std::nullopt;
  heartbeat result;
  result.latest = message.sequence;
  result.instance = in.take<std::uint64_t>();
  result.first = in.take<std::uint32_t>();
  result.age = std::chrono::milliseconds(in.take<std::uint32_t>());
  return result;
}

}  // namespace dgram::lcm
