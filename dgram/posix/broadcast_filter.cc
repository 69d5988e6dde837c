#include "caf_dgram/dgram/posix/broadcast_filter.h"

#if defined(__linux__) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace dgram {
namespace {

constexpr std::uint32_t whole_packet = 0xffffffff;
constexpr std::uint32_t nothing = 0;

/// Of a packet's header, from the kernel (SKF_AD_OFF) or the packet itself (SKF_NET_OFF).
constexpr std::uint32_t protocol = static_cast<std::uint32_t>(SKF_AD_OFF) + SKF_AD_PROTOCOL;
constexpr std::uint32_t packet_type = static_cast<std::uint32_t>(SKF_AD_OFF) + SKF_AD_PKTTYPE;
constexpr std::uint32_t ipv4_destination = static_cast<std::uint32_t>(SKF_NET_OFF) + 16;

constexpr std::uint32_t limited_broadcast = 0xffffffff;
constexpr std::uint32_t loopback_broadcast = 0x7fffffff;

}  // namespace

int drop_broadcasts(const syscalls& kernel, int fd) noexcept {
  // The link layer knows what it received as a broadcast, also to the address of a subnet,
  // and what came back from it. The loopback interface does not.
  std::array<::sock_filter, 9> program{{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, protocol),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 5),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, packet_type),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ipv4_destination),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, limited_broadcast, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, loopback_broadcast, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, whole_packet),
      BPF_STMT(BPF_RET | BPF_K, nothing),
  }};
  const ::sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return kernel.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0 ? 0
                                                                                           : errno;
}

}  // namespace dgram

#else

namespace dgram {

int drop_broadcasts(const syscalls& /*kernel*/, int /*fd*/) noexcept { return 0; }

}  // namespace dgram

#endif
