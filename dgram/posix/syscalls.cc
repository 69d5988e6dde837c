#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram {

int syscalls::socket(int domain, int type, int protocol) const noexcept {
  return ::socket(domain, type, protocol);
}

int syscalls::bind(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept {
  return ::bind(fd, address, length);
}

int syscalls::connect(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept {
  return ::connect(fd, address, length);
}

int syscalls::getsockname(int fd, ::sockaddr* address, ::socklen_t* length) const noexcept {
  return ::getsockname(fd, address, length);
}

int syscalls::getpeername(int fd, ::sockaddr* address, ::socklen_t* length) const noexcept {
  return ::getpeername(fd, address, length);
}

int syscalls::setsockopt(int fd, int level, int name, const void* value,
                         ::socklen_t length) const noexcept {
  return ::setsockopt(fd, level, name, value, length);
}

int syscalls::getsockopt(int fd, int level, int name, void* value,
                         ::socklen_t* length) const noexcept {
  return ::getsockopt(fd, level, name, value, length);
}

::ssize_t syscalls::sendmsg(int fd, const ::msghdr* message, int flags) const noexcept {
  return ::sendmsg(fd, message, flags);
}

::ssize_t syscalls::recvmsg(int fd, ::msghdr* message, int flags) const noexcept {
  return ::recvmsg(fd, message, flags);
}

int syscalls::sendmmsg(int fd, multi_message* messages, unsigned count, int flags) const noexcept {
  return send_messages(fd, messages, count, flags);
}

int syscalls::recvmmsg(int fd, multi_message* messages, unsigned count, int flags) const noexcept {
  return receive_messages(fd, messages, count, flags);
}

const syscalls& syscalls::system() noexcept {
  static const syscalls kernel;
  return kernel;
}

}  // namespace dgram
