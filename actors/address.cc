#include "actors/address.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dgram/error.h"
#include "dgram/lookup.h"

namespace dgram {

address address::path(std::string path) {
  address result;
  result.kind_ = kind::path;
  result.text_ = std::move(path);
  return result;
}

std::string address::to_string() const {
  switch (kind_) {
    case kind::none:
      return "";
    case kind::endpoint:
      return endpoint_.to_string();
    case kind::port:
      return absl::StrCat("port ", port_);
    case kind::host:
      return absl::StrCat("\"", absl::Utf8SafeCHexEscape(text_), "\" port ", port_);
    case kind::path:
      return absl::StrCat("\"", absl::Utf8SafeCHexEscape(text_), "\"");
  }
  return {};
}

/// One check of one address; names the operation in whatever fails.
class address_check {
 public:
  address_check(const std::string& operation, const address& where, family f, address_role role)
      : operation_(operation), where_(where), family_(f), role_(role) {}

  absl::StatusOr<located> run() const {
    switch (where_.kind_) {
      case address::kind::none:
        if (role_ == address_role::local && is_udp(family_)) {
          return located{endpoint::wildcard(family_), {}};
        }
        return fail(errc::invalid_address, "no address given");
      case address::kind::endpoint:
        return check_endpoint(where_.endpoint_);
      case address::kind::port:
        if (!is_udp(family_)) return fail(errc::wrong_family, "a Unix socket has no ports");
        if (!port_fits(where_.port_)) return bad_port();
        return located{role_ == address_role::local ? endpoint::wildcard(family_, port())
                                                    : endpoint::loopback(family_, port()),
                       {}};
      case address::kind::host:
        return check_host();
      case address::kind::path:
        return check_path();
    }
    return fail(errc::invalid_address, "unknown kind of address");
  }

 private:
  absl::Status fail(errc code, absl::string_view cause) const {
    return failure(code, operation_, where_.to_string(), cause);
  }

  bool port_fits(std::int64_t port) const {
    return port >= (role_ == address_role::local ? 0 : 1) && port <= 65'535;
  }

  absl::Status bad_port() const {
    return fail(errc::invalid_port, role_ == address_role::local ? "the port must be 0 to 65535"
                                                                 : "the port must be 1 to 65535");
  }

  std::uint16_t port() const { return static_cast<std::uint16_t>(where_.port_); }

  absl::StatusOr<located> check_endpoint(const endpoint& e) const {
    if (e.family() != family_) {
      return fail(errc::wrong_family,
                  absl::StrCat("not an address of a ", to_string(family_), " socket"));
    }
    if (is_udp(family_) && !port_fits(e.port())) return bad_port();
    if (!is_udp(family_) && e.is_wildcard()) return fail(errc::invalid_path, "has no name");
    return located{e, {}};
  }

  absl::StatusOr<located> check_host() const {
    if (!is_udp(family_)) return fail(errc::wrong_family, "a Unix socket has no host names");
    if (!port_fits(where_.port_)) return bad_port();
    auto numeric = endpoint::ip(where_.text_, where_.port_);
    if (numeric.ok()) return check_endpoint(*numeric);
    if (code_of(numeric.status()) == errc::unknown_interface) {
      return fail(errc::unknown_interface, numeric.status().message());
    }
    if (auto status = check_host_name(where_.text_); !status.ok()) {
      return fail(code_of(status), status.message());
    }
    return located{endpoint::wildcard(family_, port()), where_.text_};
  }

  absl::StatusOr<located> check_path() const {
    if (is_udp(family_)) {
      return fail(errc::wrong_family,
                  absl::StrCat("not an address of a ", to_string(family_), " socket"));
    }
    auto path = endpoint::unix_path(where_.text_);
    if (!path.ok()) return fail(code_of(path.status()), path.status().message());
    return located{*path, {}};
  }

  const std::string& operation_;
  const address& where_;
  family family_;
  address_role role_;
};

absl::StatusOr<located> locate(const std::string& operation, const address& where, family f,
                               address_role role) {
  return address_check(operation, where, f, role).run();
}

}  // namespace dgram
