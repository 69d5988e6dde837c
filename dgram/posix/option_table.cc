#include "caf_dgram/dgram/posix/option_table.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <limits>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/posix/system_options.h"

namespace dgram {
namespace {

constexpr auto flag = option_value::kind::flag;
constexpr auto number = option_value::kind::number;
constexpr auto interface = option_value::kind::interface;
constexpr auto integer = option_encoding::integer;
constexpr auto one_byte = option_encoding::byte;

constexpr option_call absent{};

/// Linux doubles a buffer's size for its own bookkeeping; a larger value than
/// this would overflow its int.
constexpr std::int64_t largest_buffer = std::numeric_limits<int>::max() / 2;

/// An option whose value is an int; absent where the system does not have it.
constexpr option_call on(int level, int name) {
  return name == no_such_option ? absent : option_call{integer, level, name};
}

constexpr option_call on_socket(int name) { return on(SOL_SOCKET, name); }

// clang-format off
constexpr std::array table{
    option_row{option::broadcast, flag, 0, 1,
               on_socket(SO_BROADCAST), on_socket(SO_BROADCAST), absent},
    option_row{option::ttl, number, 1, 255,
               on(IPPROTO_IP, IP_TTL), on(IPPROTO_IPV6, IPV6_UNICAST_HOPS), absent},
    option_row{option::multicast_ttl, number, 0, 255,
               {one_byte, IPPROTO_IP, IP_MULTICAST_TTL},
               on(IPPROTO_IPV6, IPV6_MULTICAST_HOPS), absent},
    option_row{option::multicast_loopback, flag, 0, 1,
               {one_byte, IPPROTO_IP, IP_MULTICAST_LOOP},
               on(IPPROTO_IPV6, IPV6_MULTICAST_LOOP), absent},
    option_row{option::multicast_interface, interface, 0, 0,
               {option_encoding::ipv4_interface, IPPROTO_IP, IP_MULTICAST_IF},
               {option_encoding::interface_index, IPPROTO_IPV6, IPV6_MULTICAST_IF}, absent},
    option_row{option::multicast_all, flag, 0, 1,
               on(IPPROTO_IP, ip_multicast_all), on(IPPROTO_IPV6, ipv6_multicast_all), absent},
    option_row{option::reuse_address, flag, 0, 1,
               on_socket(SO_REUSEADDR), on_socket(SO_REUSEADDR), absent},
    option_row{option::reuse_port, flag, 0, 1,
               on_socket(so_reuseport), on_socket(so_reuseport), absent},
    option_row{option::ipv6_only, flag, 0, 1,
               absent, on(IPPROTO_IPV6, IPV6_V6ONLY), absent},
    option_row{option::receive_buffer_size, number, 1, largest_buffer,
               on_socket(SO_RCVBUF), on_socket(SO_RCVBUF), on_socket(SO_RCVBUF),
               so_rcvbufforce},
    option_row{option::send_buffer_size, number, 1, largest_buffer,
               on_socket(SO_SNDBUF), on_socket(SO_SNDBUF), on_socket(SO_SNDBUF),
               so_sndbufforce},
    option_row{option::receive_offload, flag, 0, 1,
               on(IPPROTO_UDP, udp_gro), on(IPPROTO_UDP, udp_gro), absent},
    option_row{option::report_drops, flag, 0, 1,
               on_socket(so_rxq_ovfl), on_socket(so_rxq_ovfl), absent},
};
// clang-format on

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].id) != i) return false;
  }
  return true;
}
static_assert(rows_are_in_order(), "row_of() finds a row by its enumerator");

const char* type_name(option_value::kind type) {
  switch (type) {
    case flag:
      return "a flag";
    case number:
      return "a number";
    case interface:
      return "an interface";
  }
  return "unknown";
}

}  // namespace

const option_call& option_row::call(family f) const noexcept {
  switch (f) {
    case family::udp4:
      return udp4;
    case family::udp6:
      return udp6;
    case family::unix_dgram:
      return unix_dgram;
  }
  return absent;
}

const option_call& option_row::call_for_mapped() const noexcept {
  return udp4.level == IPPROTO_IP && udp6.encoding != option_encoding::none ? udp4 : absent;
}

absl::Span<const option_row> option_table() noexcept { return table; }

bool is_option(option id) noexcept { return static_cast<std::size_t>(id) < table.size(); }

const option_row& row_of(option id) noexcept { return table[static_cast<std::size_t>(id)]; }

absl::Status check_support(absl::string_view verb, option id, absl::string_view value, family f) {
  if (is_option(id) && row_of(id).call(f).encoding != option_encoding::none) {
    return absl::OkStatus();
  }
  return failure(errc::unsupported_option, absl::StrCat(verb, " ", to_string(id)), value,
                 absl::StrCat("a ", to_string(f), " socket does not have this option"));
}

absl::Status check_option(option id, const option_value& value, family f) {
  if (auto status = check_support("set", id, value.to_string(), f); !status.ok()) return status;
  const auto& row = row_of(id);
  const auto operation = absl::StrCat("set ", to_string(id));
  if (value.which() != row.type) {
    return failure(errc::wrong_type, operation, value.to_string(),
                   absl::StrCat("must be ", type_name(row.type)));
  }
  if (row.type == number && (value.as_number() < row.lowest || value.as_number() > row.highest)) {
    return failure(errc::out_of_range, operation, value.to_string(),
                   absl::StrCat("must be ", row.lowest, " to ", row.highest));
  }
  return absl::OkStatus();
}

}  // namespace dgram
