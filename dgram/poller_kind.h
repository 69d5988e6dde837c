/// How an event loop waits for its sockets.
///
///   dgram::to_string(dgram::default_poller_kind());  // "epoll" on Linux
#pragma once

#include <cstdint>

namespace dgram {

enum class poller_kind : std::uint8_t {
  epoll,  ///< epoll(7), Linux: the cost of a wait grows with the sockets that
          ///< are ready.
  poll,   ///< poll(2), any POSIX system: it grows with all sockets of the loop.
};

constexpr const char* to_string(poller_kind kind) noexcept {
  return kind == poller_kind::epoll ? "epoll" : "poll";
}

/// The fastest kind that this system has.
poller_kind default_poller_kind() noexcept;

}  // namespace dgram
