/// The options of a socket as the kernel knows them, kept as one table: a new
/// option is an enumerator and its name in dgram/option.h and a row in
/// option_table.cc.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/option.h"
#include "caf_dgram/dgram/posix/system_options.h"

namespace dgram {

/// How the kernel wants an option's value.
enum class option_encoding : std::uint8_t {
  none,             ///< The family does not have the option.
  integer,          ///< int
  byte,             ///< unsigned char, the portable form of the IPv4 multicast options.
  ipv4_interface,   ///< multicast_interface_request: ip(7), IP_MULTICAST_IF.
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
  option_value::kind type;
  std::int64_t lowest;
  std::int64_t highest;
  option_call udp4;
  option_call udp6;
  option_call unix_dgram;
  int forced = no_such_option;  ///< The SOL_SOCKET option that exceeds the system's limit.

  /// Whether the system may grant less than was asked for.
  bool sets_a_buffer() const noexcept {
    return id == option::receive_buffer_size || id == option::send_buffer_size;
  }

  const option_call& call(family f) const noexcept;

  /// What a udp6 socket sets besides, for the IPv4-mapped addresses that it sends to: ip(7)
  /// and ipv6(7) keep these options apart.
  const option_call& call_for_mapped() const noexcept;
};

/// The whole table, a row for each enumerator in order.
absl::Span<const option_row> option_table() noexcept;

/// Whether `id` is an enumerator, which a number from another process need not
/// be.
bool is_option(option id) noexcept;

/// An option's row. Precondition: `is_option(id)`.
const option_row& row_of(option id) noexcept;

/// Whether a socket of the family has the option. Errors: unsupported_option,
/// naming "VERB OPTION" and the value.
absl::Status check_support(absl::string_view verb, option id, absl::string_view value, family f);

/// Whether `value` may be set on a socket of the family, without asking the
/// kernel. Errors: wrong_type, out_of_range, unsupported_option.
absl::Status check_option(option id, const option_value& value, family f);

}  // namespace dgram
