/// Every socket call that this library makes, in one place: a reader can list
/// them, and a test can replace the kernel by one with faults.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include "caf_dgram/dgram/posix/multi_message.h"

namespace dgram {

/// The kernel as a socket sees it. Each member is the system call of its name:
/// same arguments, same result, `errno` set on failure; `sendmmsg` and
/// `recvmmsg` as in multi_message.h. Implementations must outlive the sockets
/// that use them and be safe to call from any thread.
class syscalls {
 public:
  virtual ~syscalls() = default;

  virtual int socket(int domain, int type, int protocol) const noexcept;
  virtual int bind(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept;
  virtual int connect(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept;
  virtual int getsockname(int fd, ::sockaddr* address, ::socklen_t* length) const noexcept;
  virtual int getpeername(int fd, ::sockaddr* address, ::socklen_t* length) const noexcept;
  virtual int setsockopt(int fd, int level, int name, const void* value,
                         ::socklen_t length) const noexcept;
  virtual int getsockopt(int fd, int level, int name, void* value,
                         ::socklen_t* length) const noexcept;
  virtual ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept;
  virtual ::ssize_t recvmsg(int fd, ::msghdr* message, int flags) const noexcept;
  virtual int sendmmsg(int fd, multi_message* messages, unsigned count, int flags) const noexcept;
  virtual int recvmmsg(int fd, multi_message* messages, unsigned count, int flags) const noexcept;

  /// The real kernel.
  static const syscalls& system() noexcept;
};

}  // namespace dgram
