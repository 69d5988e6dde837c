/// The receivers of a socket's events.
#pragma once

#include <cstddef>
#include <utility>

#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/socket/basic_subscribers.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

struct socket_events {
  using single = message_event;
  using batched = batch_event;

  static constexpr bool are_charged = true;

  static message_event event_of(payload bytes, const datagram_ends& ends, std::size_t size) {
    return {std::move(bytes), *ends.peer, size, ends.local};
  }

  static std::size_t bytes_of(const message_event& event) noexcept { return event.data.size(); }
};

using subscribers = basic_subscribers<socket_events>;

extern template class basic_subscribers<socket_events>;

}  // namespace dgram
