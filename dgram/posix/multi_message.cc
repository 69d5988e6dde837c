#include "caf_dgram/dgram/posix/multi_message.h"

namespace dgram {

#if defined(__linux__) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)

int send_messages(int fd, multi_message* messages, unsigned count, int flags) noexcept {
  return ::sendmmsg(fd, messages, count, flags);
}

int receive_messages(int fd, multi_message* messages, unsigned count, int flags) noexcept {
  return ::recvmmsg(fd, messages, count, flags, nullptr);
}

#else

int send_messages(int fd, multi_message* messages, unsigned count, int flags) noexcept {
  for (unsigned i = 0; i < count; ++i) {
    const auto sent = ::sendmsg(fd, &messages[i].msg_hdr, flags);
    if (sent < 0) return i == 0 ? -1 : static_cast<int>(i);
    messages[i].msg_len = static_cast<unsigned>(sent);
  }
  return static_cast<int>(count);
}

// One at a time: an error behind the first message (ICMP, say) would be read
// and lost.
int receive_messages(int fd, multi_message* messages, unsigned /*count*/, int flags) noexcept {
  const auto got = ::recvmsg(fd, &messages->msg_hdr, flags);
  if (got < 0) return -1;
  messages->msg_len = static_cast<unsigned>(got);
  return 1;
}

#endif

}  // namespace dgram
