#include "caf_dgram/dgram/posix/open_descriptor.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "caf_dgram/dgram/error.h"

namespace dgram {
namespace {

int domain_of(family f) {
  switch (f) {
    case family::udp4:
      return AF_INET;
    case family::udp6:
      return AF_INET6;
    case family::unix_dgram:
      return AF_UNIX;
  }
  return AF_UNSPEC;
}

#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)

unique_fd open_prepared(int domain, const syscalls& kernel) {
  return unique_fd(kernel.socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

#else

unique_fd open_prepared(int domain, const syscalls& kernel) {
  unique_fd fd(kernel.socket(domain, SOCK_DGRAM, 0));
  if (fd &&
      (::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) < 0 || ::fcntl(fd.get(), F_SETFL, O_NONBLOCK) < 0)) {
    const int error = errno;
    fd.reset();
    errno = error;
  }
  return fd;
}

#endif

}  // namespace

absl::StatusOr<unique_fd> open_descriptor(family f, const syscalls& kernel) {
  auto fd = open_prepared(domain_of(f), kernel);
  if (!fd) return system_failure("open", to_string(f), errno);
  return fd;
}

}  // namespace dgram
