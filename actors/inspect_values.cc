#include "caf_dgram/actors/inspect_values.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace dgram {
namespace {

/// A socket address of the kernel's, from and to the bytes that hold it.
template <class Sockaddr>
Sockaddr sockaddr_of(const endpoint& whole) {
  Sockaddr result;
  std::memcpy(&result, whole.data(), sizeof result);
  return result;
}

template <class Sockaddr>
endpoint endpoint_of(const Sockaddr& address) {
  return *endpoint::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&address), sizeof address);
}

template <class Bytes>
std::string bytes_of(const Bytes& address) {
  return {reinterpret_cast<const char*>(&address), sizeof address};
}

}  // namespace

std::string to_string(const payload& bytes) { return quoted_excerpt(bytes.view()); }

std::string to_string(const batch& datagrams) {
  return absl::StrCat(datagrams.size(), " datagrams (", datagrams.bytes(), " bytes)");
}

endpoint_parts endpoint_parts::of(const endpoint& whole) {
  endpoint_parts result{whole.family(), {}, whole.port(), whole.scope_id()};
  switch (whole.family()) {
    case family::udp4:
      result.address = bytes_of(sockaddr_of<::sockaddr_in>(whole).sin_addr);
      break;
    case family::udp6:
      result.address = bytes_of(sockaddr_of<::sockaddr_in6>(whole).sin6_addr);
      break;
    case family::unix_dgram:
      result.address = whole.path();
      break;
  }
  return result;
}

absl::StatusOr<endpoint> endpoint_parts::whole() const {
  if (family == dgram::family::unix_dgram) {
    return address.empty() ? endpoint::wildcard(family) : endpoint::unix_path(address);
  }
  ::sockaddr_in v4{};
  if (family == dgram::family::udp4 && address.size() == sizeof v4.sin_addr) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.data(), address.size());
    return endpoint_of(v4);
  }
  ::sockaddr_in6 v6{};
  if (family == dgram::family::udp6 && address.size() == sizeof v6.sin6_addr) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_scope_id = scope;
    std::memcpy(&v6.sin6_addr, address.data(), address.size());
    return endpoint_of(v6);
  }
  return failure(errc::invalid_address, "read an endpoint",
                 absl::StrCat("of family ", static_cast<int>(family)),
                 absl::StrCat(address.size(), " bytes are no address of it"));
}

ip_address_parts ip_address_parts::of(const ip_address& whole) {
  return {bytes_of(whole.as_v6()), whole.scope_id()};
}

absl::StatusOr<ip_address> ip_address_parts::whole() const {
  ::in6_addr address{};
  if (bytes.size() != sizeof address) {
    return failure(errc::invalid_address, "read an address", "",
                   absl::StrCat(bytes.size(), " bytes are none"));
  }
  std::memcpy(&address, bytes.data(), sizeof address);
  return ip_address::v6(address, scope);
}

}  // namespace dgram
