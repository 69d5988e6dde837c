/// The options of a socket, kept as one table: a new option is an enumerator
/// here and a row in option.cc.
///
///   sock.set(option::ttl, 4);
///   sock.set(option::multicast_interface, interface_selector{"eth0"});
///   sock.get(option::broadcast)->as_bool();
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include "absl/strings/string_view.h"

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/network_interface.h"

namespace dgram {

/// What can be set and read on a socket. Types, ranges and families stand in
/// the table in option.cc and in docs/features.md.
enum class option : std::uint8_t {
  broadcast,            ///< May send to broadcast addresses (SO_BROADCAST).
  ttl,                  ///< Hop limit of unicast datagrams (IP_TTL, IPV6_UNICAST_HOPS).
  multicast_ttl,        ///< Hop limit of multicast datagrams (RFC 1112, RFC 3493).
  multicast_loopback,   ///< Whether this host's members hear what is sent here.
  multicast_interface,  ///< Where multicast datagrams leave.
  multicast_all,        ///< Hear groups that other sockets of this host joined, too; off here,
                        ///< on in the kernel (IP_MULTICAST_ALL, IPV6_MULTICAST_ALL).
  reuse_address,        ///< Several sockets on one address (SO_REUSEADDR); set before bind.
  reuse_port,           ///< The kernel spreads unicast over them (SO_REUSEPORT); before bind.
  ipv6_only,            ///< No IPv4-mapped traffic (IPV6_V6ONLY, RFC 3493); before bind.
  receive_buffer_size,  ///< Bytes; Linux sets and reports the double (SO_RCVBUF, socket(7)).
  send_buffer_size,     ///< Bytes; Linux sets and reports the double (SO_SNDBUF, socket(7)).
  receive_offload,      ///< Datagrams of one sender and size come in as one buffer (UDP_GRO,
                        ///< udp(7)), which only a `receiver` takes apart again.
  report_drops,         ///< Datagrams tell what the kernel dropped before them (SO_RXQ_OVFL).
};

/// An option's value: a flag, a number or an interface.
class option_value {
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
  friend typename Inspector::result_type inspect(Inspector& f, option_value& x);

 private:
  kind kind_ = kind::flag;
  std::int64_t number_ = 0;
  interface_selector interface_;
};

/// How the kernel wants an option's value.
enum class option_encoding : std::uint8_t {
  none,             ///< The family does not have the option.
  integer,          ///< int
  byte,             ///< unsigned char, the portable form of the IPv4 multicast options.
  ipv4_interface,   ///< ip_mreqn in, in_addr out: ip(7), IP_MULTICAST_IF.
  interface_index,  ///< int, an interface's index.
};

/// The system call behind an option, for one family.
struct option_call {
  option_encoding encoding = option_encoding::none;
  int level = 0;
  int name = 0;
};

/// One row of the table.
struct option_row {
  option id;
  const char* name;  ///< As in messages and docs, e.g. "multicast_ttl".
  option_value::kind type;
  std::int64_t lowest;
  std::int64_t highest;
  option_call udp4;
  option_call udp6;
  option_call unix_dgram;

  const option_call& call(family f) const noexcept;
};

/// The whole table, a row for each enumerator in order.
absl::Span<const option_row> option_table() noexcept;

/// Whether `id` is an enumerator, which a number from another process need not be.
bool is_option(option id) noexcept;

/// An option's row. Precondition: `is_option(id)`.
const option_row& row_of(option id) noexcept;

/// The option's name, "unknown option" if it is none.
const char* to_string(option id) noexcept;

/// Whether a socket of the family has the option. Errors: unsupported_option,
/// naming "VERB OPTION" and the value.
absl::Status check_support(absl::string_view verb, option id, absl::string_view value, family f);

/// Whether `value` may be set on a socket of the family, without asking the
/// kernel. Errors: wrong_type, out_of_range, unsupported_option.
absl::Status check_option(option id, const option_value& value, family f);

}  // namespace dgram
