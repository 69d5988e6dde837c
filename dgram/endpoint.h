/// Where a datagram comes from or goes to.
///
///   auto a = endpoint::parse("[fe80::1%eth0]:5353");
///   auto b = endpoint::ip("192.0.2.1", 53);
///   auto c = endpoint::unix_path("/run/log.sock");
///   a->to_string();  // "[fe80::1%eth0]:5353"
///
/// A plain value: copies are cheap, there is a total order and a hash, nothing
/// here touches the network.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/printable.h"

namespace dgram {

/// An IPv4 or IPv6 address with port (and scope id), or a Unix path, abstract
/// name, or the unnamed Unix endpoint. At most 128 bytes.
class endpoint : public printable<endpoint> {
 public:
  /// The IPv4 wildcard, "0.0.0.0:0".
  endpoint() noexcept;

  /// Reads "192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1%eth0]:53" (a scope is
  /// an interface's name or index), "unix:/run/log" (path), "unix:@name"
  /// (abstract, Linux) or "unix:" (unnamed). Bytes that cannot be printed, and
  /// a leading '@' of a path, are escaped as in C: "unix:\100odd".
  /// Errors: invalid_address, invalid_port, invalid_path, unknown_interface,
  /// each naming the whole text.
  static absl::StatusOr<endpoint> parse(std::string_view whole);

  /// A host in numbers, with scope for IPv6 where needed ("fe80::1%eth0"), and
  /// a port of 0 to 65535. Errors: invalid_address, invalid_port,
  /// unknown_interface.
  static absl::StatusOr<endpoint> ip(std::string_view host, std::int64_t port);

  /// The address that stands for every local one: 0.0.0.0 or [::] with a port,
  /// or the unnamed Unix endpoint.
  static endpoint wildcard(dgram::family f, std::uint16_t port = 0) noexcept;

  /// 127.0.0.1 or [::1] with a port, or the unnamed Unix endpoint.
  static endpoint loopback(dgram::family f, std::uint16_t port) noexcept;

  /// A Unix socket's path, taken as it is; with a leading NUL an abstract name
  /// (Linux). Errors: invalid_path if empty, if it does not fit `sun_path`
  /// (108 bytes on Linux, unix(7)), or for a NUL inside a path.
  static absl::StatusOr<endpoint> unix_path(std::string_view path);

  /// An address as the kernel reports it; nullopt if its family is not
  /// supported or `length` is too short.
  static std::optional<endpoint> from_sockaddr(const ::sockaddr* address,
                                               ::socklen_t length) noexcept;

  // -- properties -------------------------------------------------------------

  ::dgram::family family() const noexcept;

  /// Port in host order; 0 for Unix endpoints.
  std::uint16_t port() const noexcept;

  /// The same address with another port; Unix endpoints are returned as is.
  endpoint with_port(std::uint16_t port) const noexcept;

  /// The IP address in numbers, without port, e.g. "fe80::1%eth0"; for Unix
  /// endpoints `path`.
  std::string host() const;

  /// The interface's index an IPv6 address is bound to, else 0 (RFC 4007).
  std::uint32_t scope_id() const noexcept;

  /// The same IPv6 address in the scope of an interface; others are returned as
  /// is.
  endpoint with_scope_id(std::uint32_t index) const noexcept;

  /// The address as a socket of the family takes it: an IPv4 address for udp6 as
  /// an IPv4-mapped IPv6 address ("::ffff:192.0.2.1", RFC 4291, 2.5.5.2), and
  /// such a one for udp4 as the IPv4 address; nullopt if there is no such form.
  std::optional<endpoint> in_family(dgram::family f) const noexcept;

  /// A Unix endpoint's path, or NUL and name if abstract; empty if unnamed, and
  /// for IP.
  std::string_view path() const noexcept;

  /// 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291).
  bool is_multicast() const noexcept;

  /// 0.0.0.0, [::] (whatever the port), or an unnamed Unix endpoint.
  bool is_wildcard() const noexcept;

  /// Text that `parse` reads back.
  std::string to_string() const;

  // -- for system calls -------------------------------------------------------

  const ::sockaddr* data() const noexcept;
  ::socklen_t size() const noexcept { return size_; }

  // -- comparison -------------------------------------------------------------

  friend bool operator==(const endpoint& a, const endpoint& b) noexcept {
    return a.has_bytes_of(b) || a.compare(b) == 0;
  }
  friend bool operator!=(const endpoint& a, const endpoint& b) noexcept { return !(a == b); }
  friend bool operator<(const endpoint& a, const endpoint& b) noexcept { return a.compare(b) < 0; }

  template <class H>
  friend H AbslHashValue(H h, const endpoint& e) {  // NOLINT(readability-identifier-naming)
    return H::combine(std::move(h), e.family(), e.port(), e.scope_id(), e.significant_bytes());
  }

 private:
  int compare(const endpoint& other) const noexcept;

  /// Byte for byte the same, a quick test that implies equality.
  bool has_bytes_of(const endpoint& other) const noexcept {
    return size_ == other.size_ && std::memcmp(storage_.data(), other.storage_.data(), size_) == 0;
  }

  /// The IP address's bytes, or the Unix path.
  std::string_view significant_bytes() const noexcept;

  template <class Sockaddr>
  void assign(const Sockaddr& address, ::socklen_t size = sizeof(Sockaddr)) noexcept;

  template <class Sockaddr>
  Sockaddr as() const noexcept;

  // Large enough and aligned for sockaddr_in, sockaddr_in6 and sockaddr_un,
  // without the 128 bytes of sockaddr_storage.
  alignas(8) std::array<char, sizeof(::sockaddr_un) + 2> storage_{};
  ::socklen_t size_;
};

static_assert(sizeof(endpoint) <= 128);

}  // namespace dgram

template <>
struct std::hash<dgram::endpoint> {
  std::size_t operator()(const dgram::endpoint& e) const noexcept;
};
