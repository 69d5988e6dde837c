/// The library's errors: an `absl::Status` whose text names operation, value
/// and cause, and which carries the library's own code and the system's errno.
///
///   absl::Status s = sock.bind(ep);
///   s.message();        // "bind 127.0.0.1:53: EACCES (Permission denied)"
///   code_of(s);         // errc::system_error
///   errno_of(s);        // EACCES
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "caf_dgram/dgram/errno_text.h"

namespace dgram {

/// Conditions that a caller may want to tell apart.
enum class errc : std::uint8_t {
  none = 0,            ///< No error, or another library's.
  system_error,        ///< The system refused; see the errno.
  closed,              ///< The socket is closed or closing.
  already_bound,       ///< bind on a socket that has a local address.
  not_bound,           ///< The socket has no local address yet.
  already_connected,   ///< connect, or a destination, on a connected socket.
  not_connected,       ///< No destination, and no connected peer.
  invalid_port,        ///< Outside 0–65535 (bind) or 1–65535 (send, connect).
  invalid_address,     ///< Not an address of any kind, or not one usable here.
  invalid_path,        ///< Empty, or longer than sockaddr_un can hold.
  invalid_name,        ///< Not a host name.
  wrong_family,        ///< An address of another family than the socket's.
  out_of_range,        ///< An option's value, or offset and length, too large.
  wrong_type,          ///< An option's value of another type than the option's.
  unsupported_option,  ///< The socket's family does not have the option.
  unknown_interface,   ///< No interface has that name, index or address.
  not_a_member,        ///< The membership to drop does not exist.
  payload_too_large,   ///< More than one datagram can carry (EMSGSIZE).
  queue_full,          ///< A bounded queue has no room left.
  name_not_resolved,   ///< The resolver did not find the host name.
  invalid_subscriber,  ///< subscribe without an actor, grant to no subscriber.
  unsupported,         ///< This kind of socket, or this system, does not provide it.
  not_registered,      ///< A message type that CAF's network does not know here.
  not_permitted,       ///< The facade does not permit this command.
  invalid_channel,     ///< Not the name of a channel of a bus, or no pattern of such names.
};

/// The code's name, e.g. "already_bound".
const char* to_string(errc code) noexcept;

/// A library error with the text "<operation> <value>: <cause>".
absl::Status failure(errc code, absl::string_view operation, absl::string_view value,
                     absl::string_view cause);

/// A system error with the text "<operation> <value>: ESYMBOL (description)",
/// and "; <cause>" if that says more than the errno. EMSGSIZE has the code
/// `payload_too_large`, all others `system_error`.
absl::Status system_failure(absl::string_view operation, absl::string_view value, int error,
                            absl::string_view cause = "");

/// The library's code for the errno of a system call that failed.
errc code_of_errno(int error) noexcept;

/// The code that `failure` or `system_failure` stored, else `none`.
errc code_of(const absl::Status& status);

/// The errno that `system_failure` stored, else 0.
int errno_of(const absl::Status& status);

}  // namespace dgram
