/// An address in a command, as users write it: an endpoint, a port, a host name with a
/// port, or a Unix path. It is checked by the socket that handles the command, so that
/// a mistake is reported like any other error.
///
///   dgram::bind{41234};                              // every local address
///   dgram::bind{{"127.0.0.1", 41234}};
///   dgram::send{data, {"localhost", 41234}};         // looked up
///   dgram::send{data, dgram::address::path("/run/log.sock")};
///   dgram::address::parse("localhost:41234");        // from a flag
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"

namespace dgram {

class address {
  template <class T>
  static constexpr bool is_port =
      std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> &&
      !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char16_t> && !std::is_same_v<T, char32_t>;

 public:
  /// Not given: the wildcard for bind, the connected peer for send.
  struct nothing {};

  /// The wildcard for bind, the loopback address for send and connect.
  struct only_port {
    std::int64_t port = 0;
  };

  /// A host name or a numeric address.
  struct host_and_port {
    std::string host;
    std::int64_t port = 0;
  };

  /// A Unix path, or a NUL followed by an abstract name.
  struct unix_name {
    std::string path;
  };

  using form = std::variant<nothing, endpoint, only_port, host_and_port, unix_name>;

  address() = default;
  address(const endpoint& e) : form_(e) {}  // NOLINT: implicit by design
  /// A flag or a character is no port.
  template <class Port, class = std::enable_if_t<is_port<Port>>>
  address(Port port) : form_(only_port{static_cast<std::int64_t>(port)}) {}  // NOLINT: the same
  address(std::string host, std::int64_t port) : form_(host_and_port{std::move(host), port}) {}

  /// Reads an address from a flag or a configuration file: "HOST:PORT" with a name or an
  /// address, "[2001:db8::1]:53", ":53" for a port alone, "unix:/run/x", "unix:@name".
  /// Errors, each naming the text: invalid_address, invalid_port, invalid_path,
  /// invalid_name, unknown_interface.
  static absl::StatusOr<address> parse(std::string_view text);

  static address path(std::string path) { return address(form(unix_name{std::move(path)})); }

  bool is_open() const noexcept { return std::holds_alternative<nothing>(form_); }

  /// The endpoint if the address is one, else null.
  const endpoint* as_endpoint() const noexcept { return std::get_if<endpoint>(&form_); }

  const form& as_given() const noexcept { return form_; }

  /// The address as the user gave it, for error texts.
  std::string to_string() const;

 private:
  explicit address(form what) : form_(std::move(what)) {}

  form form_;
};

/// What an address is used for, which determines the range of ports and the defaults.
enum class address_role : std::uint8_t {
  local,        ///< bind: port 0 to 65535, 0 lets the kernel choose.
  destination,  ///< send and connect: port 1 to 65535.
};

/// A checked address: an endpoint, or a name to look up.
struct located {
  endpoint where;    ///< Complete if `name` is empty, else only the port counts.
  std::string name;  ///< A host name that needs a resolver.
};

/// Whether a socket of the family may bind or send to the endpoint, as far as this can
/// be decided without the kernel.
bool is_usable(const endpoint& where, family f, address_role role) noexcept;

/// Checks an address, and brings it into the family's form: a udp6 socket reaches IPv4
/// addresses as IPv4-mapped ones (RFC 4291, 2.5.5.2). Errors name the operation and the value:
/// invalid_port, invalid_address, invalid_path, invalid_name, wrong_family; invalid_address for
/// `nothing` where the family has no default.
absl::StatusOr<located> locate(const std::string& operation, const address& where, family f,
                               address_role role);

}  // namespace dgram
