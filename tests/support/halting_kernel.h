/// The real kernel, halted in a system call for as long as a test wants.
#pragma once

#include <atomic>
#include <mutex>

#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram::testing {

/// Sends only while nobody else holds `gate`.
class halting_kernel : public syscalls {
 public:
  mutable std::mutex gate;
  mutable std::atomic<bool> is_halted{false};

  ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept override {
    is_halted = true;
    const std::lock_guard<std::mutex> passing(gate);
    return syscalls::sendmsg(fd, message, flags);
  }
};

}  // namespace dgram::testing
