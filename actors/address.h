/// Where a command points, as users write it: an endpoint, a port, a host name
/// with a port, or a Unix path. Text is checked only by the socket that handles
/// the command, so that a mistake is answered like any other error.
///
///   dgram::bind{41234};                              // every local address
///   dgram::bind{{"127.0.0.1", 41234}};
///   dgram::send{data, {"localhost", 41234}};         // looked up
///   dgram::send{data, dgram::address::path("/run/log.sock")};
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "dgram/endpoint.h"
#include "dgram/family.h"

namespace dgram {

class address {
 public:
  enum class kind : std::uint8_t {
    none,      ///< Left open: the wildcard for bind, the connected peer for send.
    endpoint,  ///< Complete already.
    port,      ///< The wildcard for bind, the loopback address for send and connect.
    host,      ///< A host name or an address in numbers, and a port.
    path,      ///< A Unix path, or an abstract name behind a NUL.
  };

  address() = default;
  address(const dgram::endpoint& e) : kind_(kind::endpoint), endpoint_(e) {}  // NOLINT
  template <class Port, class = std::enable_if_t<std::is_integral_v<Port>>>
  address(Port port)  // NOLINT: implicit on purpose
      : kind_(kind::port), port_(static_cast<std::int64_t>(port)) {}
  address(std::string host, std::int64_t port)
      : kind_(kind::host), port_(port), text_(std::move(host)) {}

  static address path(std::string path);

  kind which() const noexcept { return kind_; }

  /// The address as the user gave it, for messages.
  std::string to_string() const;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, address& x);

 private:
  friend class address_check;

  kind kind_ = kind::none;
  std::int64_t port_ = 0;
  std::string text_;
  dgram::endpoint endpoint_;
};

/// What an address is for, which decides its port's range and its defaults.
enum class address_role : std::uint8_t {
  local,        ///< bind: port 0 to 65535, 0 lets the kernel choose.
  destination,  ///< send and connect: port 1 to 65535.
};

/// An address checked against a family: an endpoint, or a name to look up.
struct located {
  endpoint where;    ///< Complete if `name` is empty, else only the port counts.
  std::string name;  ///< A host name that needs a resolver.
};

/// Checks an address. Errors name the operation and the value: invalid_port,
/// invalid_address, invalid_path, invalid_name, wrong_family; invalid_address
/// for `none` where the family has no default.
absl::StatusOr<located> locate(const std::string& operation, const address& where, family f,
                               address_role role);

}  // namespace dgram
