/// An IPv4 or IPv6 address without a port: one of a host's own, to which a datagram was sent
/// or from which one shall leave.
///
///   auto a = ip_address::parse("192.0.2.1");
///   auto b = ip_address::of(*endpoint::parse("[fe80::1%eth0]:53"));
///   b.to_string();  // "fe80::1%eth0"
///
/// An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is the IPv4 address.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/printable.h"

namespace dgram {

class ip_address : public printable<ip_address> {
 public:
  /// The unspecified address.
  ip_address() noexcept = default;

  /// Scope: an interface's index, for a link-local address (RFC 4007).
  static ip_address v4(const ::in_addr& address) noexcept;
  static ip_address v6(const ::in6_addr& address, std::uint32_t scope_id = 0) noexcept;

  /// Reads "192.0.2.1", "2001:db8::1" or "fe80::1%eth0". Errors: invalid_address,
  /// unknown_interface.
  static absl::StatusOr<ip_address> parse(std::string_view text);

  /// An endpoint's; unspecified for Unix endpoints.
  static ip_address of(const endpoint& whole) noexcept;

  /// 0.0.0.0 or ::.
  bool is_unspecified() const noexcept;

  bool is_v4() const noexcept;

  /// The address in the form that each family's sockets take. Preconditions: `is_v4()` for the
  /// first.
  ::in_addr as_v4() const noexcept;
  ::in6_addr as_v6() const noexcept;

  /// The interface's index an IPv6 address is bound to, else 0 (RFC 4007).
  std::uint32_t scope_id() const noexcept { return scope_id_; }

  /// As an endpoint of its own family.
  endpoint with_port(std::uint16_t port) const noexcept;

  /// Text that `parse` reads back; "::" if unspecified.
  std::string to_string() const;

  friend bool operator==(const ip_address& a, const ip_address& b) noexcept {
    return a.bytes_ == b.bytes_ && a.scope_id_ == b.scope_id_;
  }
  friend bool operator!=(const ip_address& a, const ip_address& b) noexcept { return !(a == b); }
  friend bool operator<(const ip_address& a, const ip_address& b) noexcept {
    return a.bytes_ != b.bytes_ ? a.bytes_ < b.bytes_ : a.scope_id_ < b.scope_id_;
  }

  template <class H>
  friend H AbslHashValue(H h, const ip_address& a) {  // NOLINT(readability-identifier-naming)
    return H::combine(std::move(h), a.bytes_, a.scope_id_);
  }

 private:
  std::array<std::uint8_t, 16> bytes_{};  ///< In network order; IPv4 as IPv4-mapped.
  std::uint32_t scope_id_ = 0;
};

}  // namespace dgram
