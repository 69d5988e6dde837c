/// What a socket asks of the kernel about multicast, in the form that the
/// system has: with interface indexes (`group_req` of RFC 3678, `ip_mreqn` of
/// Linux and some BSDs), else with the addresses of interfaces (`ip_mreq`).
#pragma once

#include <netinet/in.h>

#include <cstdint>

#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram {

#if defined(__linux__) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
using multicast_interface_request = ::ip_mreqn;
#else
using multicast_interface_request = ::in_addr;
#endif

/// The value of IP_MULTICAST_IF for an interface and one of its addresses; 0 and
/// the wildcard leave the choice to the kernel. Where the index does, the
/// selection outlives the address.
multicast_interface_request multicast_interface(std::uint32_t index, ::in_addr own,
                                                bool is_loopback) noexcept;

/// Whether the socket is a member of the group on that interface; false where
/// the system does not tell (RFC 3678, MCAST_MSFILTER).
bool is_member(const syscalls& kernel, int fd, const endpoint& group,
               std::uint32_t interface_index) noexcept;

enum class membership_change : std::uint8_t { join, leave };

/// Joins or leaves a group on an interface; 0 leaves the choice to the kernel.
/// Returns 0 or the errno.
int change_membership(const syscalls& kernel, int fd, membership_change what, const endpoint& group,
                      std::uint32_t interface_index);

}  // namespace dgram
