/// A kernel that randomly has no room, refuses a datagram, or takes only part of what it
/// is given. Counts what it actually took.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>

#include "caf_dgram/dgram/endpoint.h"
#include "tests/support/faulty_kernel.h"

namespace dgram::bench {

/// What was sent to one socket, over all senders.
struct intake {
  endpoint at;
  std::atomic<std::uint64_t> messages{0};   ///< Kernel buffers.
  std::atomic<std::uint64_t> datagrams{0};  ///< Several in one message (UDP_SEGMENT).
};

class soak_kernel final : public testing::faulty_kernel {
 public:
  soak_kernel(std::shared_ptr<intake> counts, std::uint64_t seed)
      : counts_(std::move(counts)), state_(seed | 1U) {}

  /// The number of injected faults.
  std::uint64_t faults() const noexcept { return faults_; }

 private:
  int refusal_of(const ::msghdr& /*message*/) const noexcept override {
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

  void on_taken(const ::msghdr& message) const noexcept override {
    const auto to = endpoint::from_sockaddr(static_cast<const ::sockaddr*>(message.msg_name),
                                            message.msg_namelen);
    if (!to || *to != counts_->at) return;
    ++counts_->messages;
    counts_->datagrams += datagrams_in(message);
  }

  /// xorshift64; without a lock, since loops that call it at once may get the same number.
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
