/// The receivers of the messages that one pattern matches.
#pragma once

#include <cstddef>
#include <utility>

#include "caf_dgram/actors/bus/events.h"
#include "caf_dgram/actors/socket/basic_subscribers.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

struct bus_events {
  using single = channel_message_event;
  using batched = channel_batch_event;

  // The socket's account pays for datagrams until they are delivered, and nobody for long messages.
  static constexpr bool are_charged = false;

  static channel_message_event event_of(payload bytes, const datagram_ends& ends, std::size_t) {
    return {std::move(bytes), *ends.peer};
  }

  static std::size_t bytes_of(const channel_message_event& event) noexcept {
    return event.datagram.size();
  }
};

using bus_subscribers = basic_subscribers<bus_events>;

extern template class basic_subscribers<bus_events>;

}  // namespace dgram
