/// Addresses that mean something on one link only.
#pragma once

#include <netinet/in.h>

#include "caf_dgram/dgram/endpoint.h"

namespace dgram {

/// fe80::/10, ff01::/16 and ff02::/16 (RFC 4007): the kernel heeds their scope, and wants one.
inline bool is_link_local(const endpoint& e) noexcept {
  if (e.family() != family::udp6) return false;
  const auto& v6 = reinterpret_cast<const ::sockaddr_in6*>(e.data())->sin6_addr;
  return IN6_IS_ADDR_LINKLOCAL(&v6) || IN6_IS_ADDR_MC_NODELOCAL(&v6) ||
         IN6_IS_ADDR_MC_LINKLOCAL(&v6);
}

}  // namespace dgram
