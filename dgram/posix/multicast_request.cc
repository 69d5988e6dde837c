#include "caf_dgram/dgram/posix/multicast_request.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "caf_dgram/dgram/network_interface.h"

namespace dgram {

#if defined(__linux__) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)

multicast_interface_request multicast_interface(std::uint32_t index, ::in_addr own,
                                                bool is_loopback) noexcept {
  // An address becomes the source of datagrams, and ties the selection to it, although the
  // interface may get another one. Without it the kernel chooses a source, but for the
  // loopback interface that of another one.
  return {{}, is_loopback ? own : ::in_addr{}, static_cast<int>(index)};
}

#else

multicast_interface_request multicast_interface(std::uint32_t /*index*/, ::in_addr own,
                                                bool /*is_loopback*/) noexcept {
  return own;
}

#endif

#if defined(MCAST_MSFILTER) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)

bool is_member(const syscalls& kernel, int fd, const endpoint& group,
               std::uint32_t interface_index) noexcept {
  ::group_filter filter{};
  filter.gf_interface = interface_index;
  std::memcpy(&filter.gf_group, group.data(), group.size());
  ::socklen_t size = GROUP_FILTER_SIZE(0);
  const int level = group.family() == family::udp6 ? IPPROTO_IPV6 : IPPROTO_IP;
  return kernel.getsockopt(fd, level, MCAST_MSFILTER, &filter, &size) == 0;
}

#else

bool is_member(const syscalls& /*kernel*/, int /*fd*/, const endpoint& /*group*/,
               std::uint32_t /*interface_index*/) noexcept {
  return false;
}

#endif

#if defined(MCAST_JOIN_GROUP) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)

int change_membership(const syscalls& kernel, int fd, membership_change what, const endpoint& group,
                      std::uint32_t interface_index) {
  ::group_req request{};
  request.gr_interface = interface_index;
  std::memcpy(&request.gr_group, group.data(), group.size());
  const int level = group.family() == family::udp6 ? IPPROTO_IPV6 : IPPROTO_IP;
  const int name = what == membership_change::join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP;
  return kernel.setsockopt(fd, level, name, &request, sizeof(request)) == 0 ? 0 : errno;
}

#else

namespace {

int change_ipv6(const syscalls& kernel, int fd, membership_change what, const endpoint& group,
                std::uint32_t interface_index) {
  ::ipv6_mreq request{};
  request.ipv6mr_multiaddr = reinterpret_cast<const ::sockaddr_in6*>(group.data())->sin6_addr;
  request.ipv6mr_interface = interface_index;
  const int name = what == membership_change::join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP;
  return kernel.setsockopt(fd, IPPROTO_IPV6, name, &request, sizeof(request)) == 0 ? 0 : errno;
}

int change_ipv4(const syscalls& kernel, int fd, membership_change what, const endpoint& group,
                std::uint32_t interface_index) {
  ::ip_mreq request{};
  request.imr_multiaddr = reinterpret_cast<const ::sockaddr_in*>(group.data())->sin_addr;
  if (interface_index != 0) {
    const auto found = find_interface(interface_selector::index(interface_index), group.family());
    const auto* own = found.ok() ? found->address_of(family::udp4) : nullptr;
    if (own == nullptr) return ENODEV;
    request.imr_interface = reinterpret_cast<const ::sockaddr_in*>(own->data())->sin_addr;
  }
  const int name = what == membership_change::join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP;
  return kernel.setsockopt(fd, IPPROTO_IP, name, &request, sizeof(request)) == 0 ? 0 : errno;
}

}  // namespace

int change_membership(const syscalls& kernel, int fd, membership_change what, const endpoint& group,
                      std::uint32_t interface_index) {
  return group.family() == family::udp6 ? change_ipv6(kernel, fd, what, group, interface_index)
                                        : change_ipv4(kernel, fd, what, group, interface_index);
}

#endif

}  // namespace dgram
