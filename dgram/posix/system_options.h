/// Numbers of the socket options that not every system has; `no_such_option`
/// where one is missing, so that what depends on it is left out without a
/// macro. docs/platforms.md lists who has which.
///
/// CAF_DGRAM_NO_LINUX_FEATURES (`--config=no-linux-features`) leaves out what
/// only Linux has.
#pragma once

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

namespace dgram {

constexpr int no_such_option = -1;

/// Several sockets on one address, unicast spread over them (Linux 3.9). The
/// option of that name on BSDs does not spread.
#if defined(__linux__) && defined(SO_REUSEPORT) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
constexpr int so_reuseport = SO_REUSEPORT;
#else
constexpr int so_reuseport = no_such_option;
#endif

/// Buffers beyond the system's limit, for those who may (Linux 2.6.14, socket(7)).
#if defined(SO_RCVBUFFORCE) && defined(SO_SNDBUFFORCE) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
constexpr int so_rcvbufforce = SO_RCVBUFFORCE;
constexpr int so_sndbufforce = SO_SNDBUFFORCE;
#else
constexpr int so_rcvbufforce = no_such_option;
constexpr int so_sndbufforce = no_such_option;
#endif

/// Datagrams carry their destination address, or their source (Linux, ip(7)).
#if defined(__linux__) && defined(IP_PKTINFO) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
constexpr int ip_pktinfo = IP_PKTINFO;
using packet_info = ::in_pktinfo;
#else
constexpr int ip_pktinfo = no_such_option;
struct packet_info {
  unsigned ipi_ifindex;
  ::in_addr ipi_spec_dst;
  ::in_addr ipi_addr;
};
#endif

/// Datagrams carry the number of buffers that the kernel dropped (Linux 2.6.33,
/// socket(7)).
#if defined(SO_RXQ_OVFL) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
constexpr int so_rxq_ovfl = SO_RXQ_OVFL;
#else
constexpr int so_rxq_ovfl = no_such_option;
#endif

/// Segmentation offload on the way out (Linux 4.18) and in (Linux 5.0), udp(7).
#if defined(UDP_SEGMENT) && defined(UDP_GRO) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
constexpr int udp_segment = UDP_SEGMENT;
constexpr int udp_gro = UDP_GRO;
#else
constexpr int udp_segment = no_such_option;
constexpr int udp_gro = no_such_option;
#endif

/// How large a packet may be on its way to the peer (Linux 2.2, ip(7), ipv6(7)).
#if defined(IP_MTU) && defined(IPV6_MTU) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
constexpr int ip_mtu = IP_MTU;
constexpr int ipv6_mtu = IPV6_MTU;
#else
constexpr int ip_mtu = no_such_option;
constexpr int ipv6_mtu = no_such_option;
#endif

/// Groups that only other sockets of the host joined: Linux 2.6.31 and 4.20.
/// Other systems never deliver them.
#if defined(IP_MULTICAST_ALL) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
constexpr int ip_multicast_all = IP_MULTICAST_ALL;
#else
constexpr int ip_multicast_all = no_such_option;
#endif
#if defined(IPV6_MULTICAST_ALL) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
constexpr int ipv6_multicast_all = IPV6_MULTICAST_ALL;
#else
constexpr int ipv6_multicast_all = no_such_option;
#endif

}  // namespace dgram
