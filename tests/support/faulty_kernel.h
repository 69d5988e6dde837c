/// The real kernel, with faults injected where a test wants them.
///
///   faulty_kernel kernel;
///   kernel.send_error = ENOBUFS;
///   kernel.failing_sends = 2;               // the next two messages
///
/// Loads that want faults of another kind override `refusal_of`.
#pragma once

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram::testing {

class faulty_kernel : public syscalls {
 public:
  /// After `good_sends` messages this many fail with `send_error`; -1 for all.
  mutable std::atomic<int> failing_sends{0};
  mutable std::atomic<int> good_sends{0};
  std::atomic<int> send_error{0};

  /// Messages with several segments (UDP_SEGMENT) fail with this, if not 0.
  std::atomic<int> segmentation_error{0};

  /// sendmmsg takes at most this many messages per call.
  std::atomic<unsigned> messages_a_call{1024};

  /// Messages tried, those of them with several segments, and calls.
  mutable std::atomic<int> send_tries{0};
  mutable std::atomic<int> segmented_tries{0};
  mutable std::atomic<int> send_calls{0};

  /// The next receives, this many of them, fail with `receive_error`.
  mutable std::atomic<int> failing_receives{0};
  std::atomic<int> receive_error{0};

  /// While somebody else holds it, sends of single messages halt.
  mutable std::mutex gate;
  mutable std::atomic<bool> is_halted{false};

  ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept override {
    is_halted = true;
    const std::lock_guard<std::mutex> passing(gate);
    ++send_calls;
    if (const int error = try_one(*message)) return errno = error, -1;
    const auto result = syscalls::sendmsg(fd, message, flags);
    if (result >= 0) on_taken(*message);
    return result;
  }

  // Like the kernel, stops at the first refusal and reports it only if it is the first
  // message's.
  int sendmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) const noexcept override {
    ++send_calls;
    const auto most = std::min<unsigned>(count, messages_a_call);
    unsigned passed = 0;
    while (passed < most && !(passed > 0 && is_next_refused(messages[passed].msg_hdr))) {
      const int error = try_one(messages[passed].msg_hdr);
      if (error != 0 && passed > 0) break;
      if (error != 0) return errno = error, -1;
      ++passed;
    }
    const int result = syscalls::sendmmsg(fd, messages, passed, flags);
    for (int i = 0; i < result; ++i) on_taken(messages[i].msg_hdr);
    return result;
  }

  ::ssize_t recvmsg(int fd, ::msghdr* message, int flags) const noexcept override {
    if (takes_one(failing_receives)) return errno = receive_error, -1;
    return syscalls::recvmsg(fd, message, flags);
  }

  int recvmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) const noexcept override {
    if (takes_one(failing_receives)) return errno = receive_error, -1;
    return syscalls::recvmmsg(fd, messages, count, flags);
  }

  /// The datagrams in a message.
  static std::size_t datagrams_in(const ::msghdr& message) noexcept {
    const auto segment = segment_size_of(message);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) bytes += message.msg_iov[i].iov_len;
    return segment == 0 ? 1 : (bytes + segment - 1) / segment;
  }

 protected:
  /// The errno with which the next message is refused, 0 to pass it on.
  virtual int refusal_of(const ::msghdr& message) const noexcept {
    if (segmentation_error != 0 && segment_size_of(message) != 0) return segmentation_error;
    if (good_sends > 0) return --good_sends, 0;
    return takes_one(failing_sends) ? send_error.load() : 0;
  }

  /// The real kernel took the message.
  virtual void on_taken(const ::msghdr& /*message*/) const noexcept {}

 private:
  /// Whether the script above refuses it.
  bool is_next_refused(const ::msghdr& message) const noexcept {
    return (segmentation_error != 0 && segment_size_of(message) != 0) ||
           (good_sends == 0 && failing_sends != 0);
  }

  int try_one(const ::msghdr& message) const noexcept {
    ++send_tries;
    if (segment_size_of(message) != 0) ++segmented_tries;
    return refusal_of(message);
  }

  /// 0 for a message of one datagram.
  static std::uint16_t segment_size_of(const ::msghdr& message) noexcept {
    std::uint16_t size = 0;
    auto walked = message;
    for (auto* each = CMSG_FIRSTHDR(&walked); each != nullptr; each = CMSG_NXTHDR(&walked, each)) {
      if (each->cmsg_level != IPPROTO_UDP || each->cmsg_type != UDP_SEGMENT) continue;
      std::memcpy(&size, CMSG_DATA(each), sizeof(size));
    }
    return size;
  }

  static bool takes_one(std::atomic<int>& left) {
    if (left < 0) return true;
    if (left == 0) return false;
    --left;
    return true;
  }
};

}  // namespace dgram::testing
