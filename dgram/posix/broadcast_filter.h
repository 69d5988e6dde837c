/// Sockets that share a port by SO_REUSEPORT all receive what is broadcast to it. This keeps
/// it from a socket.
#pragma once

#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram {

/// Drops broadcasts before they reach the socket's queue (Linux, SO_ATTACH_FILTER). Returns 0
/// or the errno. Does nothing where the system has no such filters, nor SO_REUSEPORT that
/// distributes.
int drop_broadcasts(const syscalls& kernel, int fd) noexcept;

}  // namespace dgram
