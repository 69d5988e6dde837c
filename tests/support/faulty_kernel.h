/// The kernel with faults where a test wants them; the rest is real.
#pragma once

#include <atomic>
#include <cerrno>

#include "dgram/syscalls.h"

namespace dgram::testing {

class faulty_kernel : public syscalls {
 public:
  /// The next so many sends fail with `send_error`; -1 for all.
  mutable std::atomic<int> failing_sends{0};
  std::atomic<int> send_error{0};
  mutable std::atomic<int> send_calls{0};

  /// The next so many receives fail with `receive_error`.
  mutable std::atomic<int> failing_receives{0};
  std::atomic<int> receive_error{0};

  ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept override {
    ++send_calls;
    if (takes_one(failing_sends)) return errno = send_error, -1;
    return syscalls::sendmsg(fd, message, flags);
  }

  ::ssize_t recvmsg(int fd, ::msghdr* message, int flags) const noexcept override {
    if (takes_one(failing_receives)) return errno = receive_error, -1;
    return syscalls::recvmsg(fd, message, flags);
  }

 private:
  static bool takes_one(std::atomic<int>& left) {
    if (left < 0) return true;
    if (left == 0) return false;
    --left;
    return true;
  }
};

}  // namespace dgram::testing
