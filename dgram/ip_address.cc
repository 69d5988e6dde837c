#include "caf_dgram/dgram/ip_address.h"

#include <cstring>

namespace dgram {
namespace {

constexpr std::size_t v4_at = 12;
constexpr std::array<std::uint8_t, v4_at> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

ip_address ip_address::v4(const ::in_addr& address) noexcept {
  ip_address result;
  // There is one unspecified address.
  if (address.s_addr == INADDR_ANY) return result;
  std::memcpy(result.bytes_.data(), v4_prefix.data(), v4_at);
  std::memcpy(&result.bytes_[v4_at], &address, sizeof(address));
  return result;
}

ip_address ip_address::v6(const ::in6_addr& address, std::uint32_t scope_id) noexcept {
  ip_address result;
  std::memcpy(result.bytes_.data(), &address, sizeof(address));
  if (result.is_v4()) return v4(result.as_v4());
  if (!result.is_unspecified()) result.scope_id_ = scope_id;
  return result;
}

absl::StatusOr<ip_address> ip_address::parse(std::string_view text) {
  const auto whole = endpoint::ip(text, 0);
  if (!whole.ok()) return whole.status();
  return of(*whole);
}

ip_address ip_address::of(const endpoint& whole) noexcept {
  switch (whole.family()) {
    case family::udp4:
      return v4(reinterpret_cast<const ::sockaddr_in*>(whole.data())->sin_addr);
    case family::udp6:
      return v6(reinterpret_cast<const ::sockaddr_in6*>(whole.data())->sin6_addr, whole.scope_id());
    default:
      return {};
  }
}

bool ip_address::is_unspecified() const noexcept {
  const auto any = in6addr_any;
  return std::memcmp(bytes_.data(), &any, sizeof(any)) == 0;
}

bool ip_address::is_v4() const noexcept {
  return std::memcmp(bytes_.data(), v4_prefix.data(), v4_at) == 0;
}

::in_addr ip_address::as_v4() const noexcept {
  ::in_addr result;
  std::memcpy(&result, &bytes_[v4_at], sizeof(result));
  return result;
}

::in6_addr ip_address::as_v6() const noexcept {
  ::in6_addr result;
  std::memcpy(&result, bytes_.data(), sizeof(result));
  return result;
}

endpoint ip_address::with_port(std::uint16_t port) const noexcept {
  if (is_v4()) {
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr = as_v4();
    return *endpoint::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&address), sizeof(address));
  }
  ::sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = as_v6();
  address.sin6_scope_id = scope_id_;
  return *endpoint::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&address), sizeof(address));
}

std::string ip_address::to_string() const { return with_port(0).host(); }

}  // namespace dgram
