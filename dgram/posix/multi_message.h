/// Several datagrams in one system call, where there is one: sendmmsg(2) and
/// recvmmsg(2) of Linux, FreeBSD and NetBSD. Elsewhere sends are a loop, and a
/// receive brings one datagram.
#pragma once

#include <sys/socket.h>

namespace dgram {

#if defined(__linux__) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
using multi_message = ::mmsghdr;

/// Whether a receive that brings fewer messages than asked for has emptied the
/// queue.
constexpr bool receives_all = true;
#else
constexpr bool receives_all = false;

/// A message and, after the call, its length in bytes.
struct multi_message {
  ::msghdr msg_hdr;
  unsigned msg_len;
};
#endif

/// Sends messages in order until one fails. Returns the number sent, or -1 with
/// `errno` if the first one failed.
int send_messages(int fd, multi_message* messages, unsigned count, int flags) noexcept;

/// Receives at most `count` (above 0) messages. Returns their number, or -1
/// with `errno`.
int receive_messages(int fd, multi_message* messages, unsigned count, int flags) noexcept;

}  // namespace dgram
