/// Control messages, the ancillary data of datagrams (cmsg(3), udp(7)). The
/// only place that writes and parses them.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "caf_dgram/dgram/ip_address.h"

namespace dgram {

/// Builds the control messages of one outgoing message. Must not move until the
/// system call returns.
class control_writer {
 public:
  /// Has the kernel cut the message into datagrams of `bytes` bytes
  /// (UDP_SEGMENT).
  void add_segment_size(std::uint16_t bytes) noexcept;

  /// Has the message leave from that address, and by the interface with that
  /// index if it is not 0 (IP_PKTINFO, ip(7); IPV6_PKTINFO, ipv6(7)). An
  /// unspecified address leaves it to the kernel; of an IPv4 address the index is
  /// ignored.
  void add_source(const ip_address& from, std::uint32_t interface_index) noexcept;

  /// Attaches the control messages written so far, if any, to a message header.
  void attach_to(::msghdr& message) noexcept {
    message.msg_control = size_ == 0 ? nullptr : buffer_.data();
    message.msg_controllen = size_;
  }

 private:
  template <class T>
  void add(int level, int type, const T& value) noexcept;

  alignas(::cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t)) +
                                          CMSG_SPACE(sizeof(::in6_pktinfo))> buffer_{};
  std::size_t size_ = 0;
};

/// What the kernel reports with a received message.
struct control_info {
  /// Several datagrams of this size in one buffer, the last perhaps shorter
  /// (UDP_GRO); 0 for one datagram.
  std::size_t segment_size = 0;

  /// Buffers that the kernel had dropped when it queued this one (SO_RXQ_OVFL,
  /// socket(7)), modulo 2^32; nullopt while there are none.
  std::optional<std::uint32_t> drops;

  /// The address of this host that it was sent to; of an IPv4 broadcast or
  /// multicast the one that the receiving interface answers from, of an IPv6
  /// multicast none. Told to sockets that ask: IP_PKTINFO (ip(7)), IPV6_RECVPKTINFO
  /// (ipv6(7)).
  ip_address local;

  /// It was an IPv4 broadcast or multicast. Told as `local`.
  bool is_broadcast = false;
};

/// Room for the control messages of one received message.
using control_buffer = std::array<char, 128>;

/// Reads all control messages of a received message. Skips unknown and
/// truncated ones.
control_info read_control(const ::msghdr& message) noexcept;

}  // namespace dgram
