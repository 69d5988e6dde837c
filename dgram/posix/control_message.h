/// Control messages: what travels beside a datagram's bytes between a program
/// and the kernel (cmsg(3), udp(7)). The one place that writes and walks them.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace dgram {

/// Builds the control messages of one datagram on its way out. It stays where
/// it is while the kernel reads them.
class control_writer {
 public:
  /// Asks the kernel to cut what is sent into datagrams of so many bytes
  /// (UDP_SEGMENT).
  void add_segment_size(std::uint16_t bytes) noexcept;

  /// Hangs the messages written so far, if any, on a message header.
  void attach_to(::msghdr& message) noexcept {
    message.msg_control = size_ == 0 ? nullptr : buffer_.data();
    message.msg_controllen = size_;
  }

 private:
  template <class T>
  void add(int level, int type, const T& value) noexcept;

  alignas(::cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> buffer_{};
  std::size_t size_ = 0;
};

/// What the kernel told beside a datagram that came in.
struct control_info {
  /// Several datagrams of this size in one buffer, the last perhaps shorter
  /// (UDP_GRO); 0 for one datagram.
  std::size_t segment_size = 0;

  /// How many buffers the kernel had dropped when this one joined the socket's
  /// queue (SO_RXQ_OVFL, socket(7)), modulo 2^32; nothing while it is none.
  std::optional<std::uint32_t> drops;
};

/// Room for the control messages of one datagram that comes in.
using control_buffer = std::array<char, 64>;

/// Reads all control messages of a received message. Unknown and cut ones are
/// passed over.
control_info read_control(const ::msghdr& message) noexcept;

}  // namespace dgram
