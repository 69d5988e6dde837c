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

namespace dgram {

/// Builds the control messages of one outgoing message. Must not move until the
/// system call returns.
class control_writer {
 public:
  /// Has the kernel cut the message into datagrams of `bytes` bytes
  /// (UDP_SEGMENT).
  void add_segment_size(std::uint16_t bytes) noexcept;

  /// Has the message leave by the interface with that index (IPV6_PKTINFO,
  /// ipv6(7)).
  void add_interface(std::uint32_t index) noexcept;

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

  /// The datagram was sent to another address than one of this host: it was a
  /// broadcast (or multicast). Only told to sockets that ask (IP_PKTINFO, ip(7)).
  bool is_broadcast = false;
};

/// Room for the control messages of one received message.
using control_buffer = std::array<char, 128>;

/// Reads all control messages of a received message. Skips unknown and
/// truncated ones.
control_info read_control(const ::msghdr& message) noexcept;

}  // namespace dgram
