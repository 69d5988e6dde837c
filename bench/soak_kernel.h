/// A kernel that randomly has no room, refuses a datagram, or takes only part of what it
/// is given. Counts what it actually took.
#pragma once

#include <netinet/in.h>
#include <netinet/udp.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram::bench {

/// What was sent to one socket, over all senders.
struct intake {
  std::atomic<std::uint64_t> messages{0};   ///< Kernel buffers.
  std::atomic<std::uint64_t> datagrams{0};  ///< Several in one message (UDP_SEGMENT).
};

class soak_kernel final : public syscalls {
 public:
  soak_kernel(std::shared_ptr<intake> counts, std::uint64_t seed)
      : counts_(std::move(counts)), state_(seed | 1U) {}

  /// The number of injected faults.
  std::uint64_t faults() const noexcept { return faults_; }

  ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept override {
    if (const int error = bad_luck(); error != 0) return errno = error, -1;
    const auto result = syscalls::sendmsg(fd, message, flags);
    if (result >= 0) count(*message);
    return result;
  }

  int sendmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) const noexcept override {
    if (const int error = bad_luck(); error != 0) return errno = error, -1;
    const auto part = next() % 8 == 0 ? 1 + static_cast<unsigned>(next() % count) : count;
    const int result = syscalls::sendmmsg(fd, messages, part, flags);
    for (int i = 0; i < result; ++i) this->count(messages[i].msg_hdr);
    return result;
  }

 private:
  void count(const ::msghdr& message) const noexcept {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) bytes += message.msg_iov[i].iov_len;
    std::uint16_t segment = 0;
    if (const auto* header = CMSG_FIRSTHDR(&message); header != nullptr) {
      std::memcpy(&segment, CMSG_DATA(header), sizeof(segment));
    }
    ++counts_->messages;
    counts_->datagrams += segment == 0 ? 1 : (bytes + segment - 1) / segment;
  }

  int bad_luck() const noexcept {
    switch (next() % 256) {
      case 0:
        return ++faults_, EAGAIN;
      case 1:
        return ++faults_, ENOBUFS;
      case 2:
        return ++faults_, EPERM;
      default:
        return 0;
    }
  }

  /// xorshift64; needs no lock, since only one loop calls it at a time.
  std::uint64_t next() const noexcept {
    auto x = state_.load(std::memory_order_relaxed);
    x ^= x << 13U;
    x ^= x >> 7U;
    x ^= x << 17U;
    state_.store(x, std::memory_order_relaxed);
    return x;
  }

  const std::shared_ptr<intake> counts_;
  mutable std::atomic<std::uint64_t> state_;
  mutable std::atomic<std::uint64_t> faults_{0};
};

}  // namespace dgram::bench
