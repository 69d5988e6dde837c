/// The options of a socket and their values.
///
///   sock.set(option::ttl, 4);
///   sock.set(option::multicast_interface, interface_selector{"eth0"});
///   sock.get(option::broadcast)->as_bool();
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "caf_dgram/dgram/network_interface.h"
#include "caf_dgram/dgram/printable.h"

namespace dgram {

/// What can be set and read on a socket. docs/features.md lists types, ranges
/// and families.
enum class option : std::uint8_t {
  broadcast,            ///< May send to broadcast addresses (SO_BROADCAST).
  ttl,                  ///< Hop limit of unicast datagrams (IP_TTL, IPV6_UNICAST_HOPS).
  multicast_ttl,        ///< Hop limit of multicast datagrams (RFC 1112, RFC 3493).
  multicast_loopback,   ///< Whether this host's members receive what is sent
                        ///< here.
  multicast_interface,  ///< Where multicast datagrams leave.
  multicast_all,        ///< Receive groups that other sockets of this host joined,
                        ///< too; off here, on in the kernel (IP_MULTICAST_ALL,
                        ///< IPV6_MULTICAST_ALL).
  reuse_address,        ///< Several sockets on one address (SO_REUSEADDR); set before
                        ///< bind.
  reuse_port,           ///< The same, and the kernel distributes unicast datagrams by
                        ///< source address (SO_REUSEPORT); set before bind.
  ipv6_only,            ///< No IPv4-mapped traffic (IPV6_V6ONLY, RFC 3493); before bind.
  receive_buffer_size,  ///< Bytes; Linux sets and reports the double (SO_RCVBUF,
                        ///< socket(7)).
  send_buffer_size,     ///< Bytes; Linux sets and reports the double (SO_SNDBUF,
                        ///< socket(7)).
  receive_offload,      ///< The kernel merges datagrams of one sender and size into
                        ///< one buffer (UDP_GRO, udp(7)), which only a `receiver`
                        ///< splits again.
  report_drops,         ///< Datagrams carry the number of drops before them
                        ///< (SO_RXQ_OVFL).
};

/// The option's name as in messages and docs, "unknown option" for what is
/// none.
constexpr const char* to_string(option id) noexcept {
  switch (id) {
    case option::broadcast:
      return "broadcast";
    case option::ttl:
      return "ttl";
    case option::multicast_ttl:
      return "multicast_ttl";
    case option::multicast_loopback:
      return "multicast_loopback";
    case option::multicast_interface:
      return "multicast_interface";
    case option::multicast_all:
      return "multicast_all";
    case option::reuse_address:
      return "reuse_address";
    case option::reuse_port:
      return "reuse_port";
    case option::ipv6_only:
      return "ipv6_only";
    case option::receive_buffer_size:
      return "receive_buffer_size";
    case option::send_buffer_size:
      return "send_buffer_size";
    case option::receive_offload:
      return "receive_offload";
    case option::report_drops:
      return "report_drops";
  }
  return "unknown option";
}

/// An option's value: a flag, a number or an interface.
class option_value : public printable<option_value> {
 public:
  enum class kind : std::uint8_t { flag, number, interface };

  option_value() = default;
  option_value(bool flag) : kind_(kind::flag), number_(flag) {}  // NOLINT: implicit on purpose
  template <class T, class = std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>>>
  option_value(T number)  // NOLINT: implicit on purpose
      : kind_(kind::number), number_(static_cast<std::int64_t>(number)) {}
  option_value(interface_selector interface)  // NOLINT: implicit on purpose
      : kind_(kind::interface), interface_(std::move(interface)) {}
  option_value(const char* interface) : option_value(interface_selector(interface)) {}  // NOLINT

  kind which() const noexcept { return kind_; }

  /// The value if it is of that type, else false, 0 or all interfaces.
  bool as_bool() const noexcept { return kind_ == kind::flag && number_ != 0; }
  std::int64_t as_number() const noexcept { return kind_ == kind::number ? number_ : 0; }
  const interface_selector& as_interface() const noexcept { return interface_; }

  /// "true", "64" or the interface's text.
  std::string to_string() const;

  friend bool operator==(const option_value& a, const option_value& b) noexcept {
    return a.kind_ == b.kind_ && a.number_ == b.number_ && a.interface_ == b.interface_;
  }

  friend bool operator!=(const option_value& a, const option_value& b) noexcept {
    return !(a == b);
  }

  template <class Inspector>
  friend auto inspect(Inspector& f, option_value& x);

 private:
  kind kind_ = kind::flag;
  std::int64_t number_ = 0;
  interface_selector interface_;
};

}  // namespace dgram
