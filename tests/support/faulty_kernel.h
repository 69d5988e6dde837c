/// The real kernel, with faults injected where a test wants them.
#pragma once

#include <atomic>
#include <cerrno>

#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram::testing {

class faulty_kernel : public syscalls {
 public:
  /// After `good_sends` messages this many fail with `send_error`; -1 for all.
  mutable std::atomic<int> failing_sends{0};
  mutable std::atomic<int> good_sends{0};
  std::atomic<int> send_error{0};

  /// Messages with several segments (UDP_SEGMENT) fail with this, if not 0.
  std::atomic<int> segmentation_error{0};

  /// sendmmsg takes at most this many messages per call.
  std::atomic<unsigned> messages_a_call{1024};

  /// Messages tried, those of them with several segments, and calls.
  mutable std::atomic<int> send_tries{0};
  mutable std::atomic<int> segmented_tries{0};
  mutable std::atomic<int> send_calls{0};

  /// The next receives, this many of them, fail with `receive_error`.
  mutable std::atomic<int> failing_receives{0};
  std::atomic<int> receive_error{0};

  ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept override {
    ++send_calls;
    return send_one(fd, message, flags);
  }

  // Like the kernel, stops at the first failure and reports it only if it is the first
  // message's.
  int sendmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) const noexcept override {
    ++send_calls;
    unsigned done = 0;
    while (done < count && done < messages_a_call && !(done > 0 && fails(messages[done].msg_hdr))) {
      const auto sent = send_one(fd, &messages[done].msg_hdr, flags);
      if (sent < 0) return done > 0 ? static_cast<int>(done) : -1;
      messages[done++].msg_len = static_cast<unsigned>(sent);
    }
    return static_cast<int>(done);
  }

  ::ssize_t recvmsg(int fd, ::msghdr* message, int flags) const noexcept override {
    if (takes_one(failing_receives)) return errno = receive_error, -1;
    return syscalls::recvmsg(fd, message, flags);
  }

  int recvmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) const noexcept override {
    if (takes_one(failing_receives)) return errno = receive_error, -1;
    return syscalls::recvmmsg(fd, messages, count, flags);
  }

 private:
  bool fails(const ::msghdr& message) const noexcept {
    return (message.msg_controllen > 0 && segmentation_error != 0) ||
           (good_sends == 0 && failing_sends != 0);
  }

  ::ssize_t send_one(int fd, const ::msghdr* message, int flags) const noexcept {
    ++send_tries;
    if (message->msg_controllen > 0) {
      ++segmented_tries;
      if (segmentation_error != 0) return errno = segmentation_error, -1;
    }
    if (good_sends > 0) {
      --good_sends;
    } else if (takes_one(failing_sends)) {
      return errno = send_error, -1;
    }
    return syscalls::sendmsg(fd, message, flags);
  }

  static bool takes_one(std::atomic<int>& left) {
    if (left < 0) return true;
    if (left == 0) return false;
    --left;
    return true;
  }
};

}  // namespace dgram::testing
