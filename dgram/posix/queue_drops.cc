#include "caf_dgram/dgram/posix/queue_drops.h"

#include <sys/socket.h>

#if defined(__linux__) && defined(SO_MEMINFO) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)

#include <linux/sock_diag.h>

#include <array>

namespace dgram {

std::optional<std::uint32_t> queue_drops(const syscalls& kernel, int fd) noexcept {
  std::array<std::uint32_t, SK_MEMINFO_VARS> values{};
  ::socklen_t size = sizeof(values);
  if (kernel.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values.data(), &size) != 0 ||
      size <= SK_MEMINFO_DROPS * sizeof(std::uint32_t)) {
    return std::nullopt;
  }
  return values[SK_MEMINFO_DROPS];
}

}  // namespace dgram

#else

namespace dgram {

std::optional<std::uint32_t> queue_drops(const syscalls& /*kernel*/, int /*fd*/) noexcept {
  return std::nullopt;
}

}  // namespace dgram

#endif
