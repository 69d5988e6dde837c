/// The kinds of datagram socket that this library opens.
///
///   dgram::family f = dgram::family::udp4;
///   dgram::to_string(f);  // "udp4"
#pragma once

#include <cstddef>
#include <cstdint>

namespace dgram {

/// What a socket is opened as, and what an endpoint belongs to.
enum class family : std::uint8_t {
  udp4,        ///< UDP over IPv4 (RFC 768, ip(7)).
  udp6,        ///< UDP over IPv6 (RFC 8200, ipv6(7)).
  unix_dgram,  ///< Unix domain datagrams (unix(7)).
};

/// The family's name as users write it.
constexpr const char* to_string(family f) noexcept {
  switch (f) {
    case family::udp4:
      return "udp4";
    case family::udp6:
      return "udp6";
    case family::unix_dgram:
      return "unix_dgram";
  }
  return "unknown";
}

/// Whether the family carries UDP, so that ports and IP options apply.
constexpr bool is_udp(family f) noexcept { return f != family::unix_dgram; }

/// The largest payload of one datagram in bytes, where the protocol sets one:
/// 65,507 for IPv4 (65,535 less 20 for IP and 8 for UDP), 65,527 for IPv6
/// (65,535 less 8; RFC 8200 does not count its own header). For Unix sockets
/// the send buffer is the limit, which only the kernel knows.
constexpr std::size_t max_payload(family f) noexcept {
  switch (f) {
    case family::udp4:
      return 65'507;
    case family::udp6:
      return 65'527;
    case family::unix_dgram:
      return SIZE_MAX;
  }
  return 0;
}

}  // namespace dgram
