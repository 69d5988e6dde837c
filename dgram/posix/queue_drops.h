/// The datagrams that the kernel dropped before a socket could read them, where
/// the system counts them: SO_MEMINFO of Linux 4.12.
#pragma once

#include <cstdint>
#include <optional>

#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram {

/// Kernel buffers dropped so far, modulo 2^32; nothing where the kernel does
/// not report it.
std::optional<std::uint32_t> queue_drops(const syscalls& kernel, int fd) noexcept;

}  // namespace dgram
