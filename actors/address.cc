#include "caf_dgram/actors/address.h"

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/decimal.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/posix/lookup.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {

namespace {

bool port_fits(std::int64_t port, address_role role) noexcept {
  return port >= (role == address_role::local ? 0 : 1) && port <= 65'535;
}

/// Prints an address as the user gave it.
struct printer {
  std::string operator()(address::nothing) const { return ""; }
  std::string operator()(const endpoint& e) const { return e.to_string(); }
  std::string operator()(address::only_port given) const {
    return absl::StrCat("port ", given.port);
  }
  std::string operator()(const address::host_and_port& given) const {
    return absl::StrCat(dgram::quoted(given.host), " port ", given.port);
  }
  std::string operator()(const address::unix_name& given) const {
    return dgram::quoted(given.path);
  }
};

/// Checks one address. Errors name the operation.
class address_check {
 public:
  address_check(const std::string& operation, const address& where, family f, address_role role)
      : operation_(operation), where_(where), family_(f), role_(role) {}

  absl::StatusOr<located> run() const {
    return std::visit([this](const auto& given) { return check(given); }, where_.as_given());
  }

 private:
  absl::Status fail(errc code, absl::string_view cause) const {
    return failure(code, operation_, where_.to_string(), cause);
  }

  absl::Status bad_port() const {
    return fail(errc::invalid_port, role_ == address_role::local ? "the port must be 0 to 65535"
                                                                 : "the port must be 1 to 65535");
  }

  absl::Status foreign() const {
    return fail(errc::wrong_family,
                absl::StrCat("not an address of a ", dgram::to_string(family_), " socket"));
  }

  absl::StatusOr<located> check(address::nothing) const {
    if (role_ == address_role::local && is_udp(family_)) {
      return located{endpoint::wildcard(family_), {}};
    }
    return fail(errc::invalid_address, "no address given");
  }

  absl::StatusOr<located> check(const endpoint& given) const {
    const auto e = given.in_family(family_);
    if (!e) return foreign();
    if (is_usable(*e, family_, role_)) return located{*e, {}};
    return is_udp(family_) ? bad_port() : fail(errc::invalid_path, "has no name");
  }

  absl::StatusOr<located> check(address::only_port given) const {
    if (!is_udp(family_)) return fail(errc::wrong_family, "a Unix socket has no ports");
    if (!port_fits(given.port, role_)) return bad_port();
    const auto port = static_cast<std::uint16_t>(given.port);
    return located{role_ == address_role::local ? endpoint::wildcard(family_, port)
                                                : endpoint::loopback(family_, port),
                   {}};
  }

  absl::StatusOr<located> check(const address::host_and_port& given) const {
    if (!is_udp(family_)) return fail(errc::wrong_family, "a Unix socket has no host names");
    if (!port_fits(given.port, role_)) return bad_port();
    auto numeric = endpoint::ip(given.host, given.port);
    if (numeric.ok()) return check(*numeric);
    if (code_of(numeric.status()) == errc::unknown_interface) {
      return fail(errc::unknown_interface, numeric.status().message());
    }
    if (auto status = check_host_name(given.host); !status.ok()) {
      return fail(code_of(status), status.message());
    }
    return located{endpoint::wildcard(family_, static_cast<std::uint16_t>(given.port)), given.host};
  }

  absl::StatusOr<located> check(const address::unix_name& given) const {
    if (is_udp(family_)) return foreign();
    auto path = endpoint::unix_path(given.path);
    if (!path.ok()) return fail(code_of(path.status()), path.status().message());
    return located{*path, {}};
  }

  const std::string& operation_;
  const address& where_;
  family family_;
  address_role role_;
};

}  // namespace

absl::StatusOr<address> address::parse(std::string_view text) {
  auto numeric = endpoint::parse(text);
  if (numeric.ok()) return address(*numeric);
  const auto colon = text.rfind(':');
  const auto host = text.substr(0, colon);
  // What cannot be a name with a port was meant as the kind that `endpoint` knows.
  if (code_of(numeric.status()) != errc::invalid_address || colon == std::string_view::npos ||
      host.find_first_of(":[]%") != std::string_view::npos) {
    return numeric.status();
  }
  const absl::string_view whole(text.data(), text.size());
  const auto port = parse_decimal(whole.substr(colon + 1));
  if (!port || *port > 65'535) {
    return failure(errc::invalid_port, "address", quoted(whole), "the port must be 0 to 65535");
  }
  if (host.empty()) return address(*port);
  std::string name(host);
  if (auto status = check_host_name(name); !status.ok()) {
    return failure(code_of(status), "address", quoted(whole), status.message());
  }
  return address(std::move(name), static_cast<std::int64_t>(*port));
}

std::string address::to_string() const { return std::visit(printer(), form_); }

bool is_usable(const endpoint& where, family f, address_role role) noexcept {
  if (where.family() != f) return false;
  return is_udp(f) ? port_fits(where.port(), role) : !where.is_wildcard();
}

absl::StatusOr<located> locate(const std::string& operation, const address& where, family f,
                               address_role role) {
  return address_check(operation, where, f, role).run();
}

}  // namespace dgram
