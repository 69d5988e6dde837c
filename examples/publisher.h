/// The publishing half of multicast_pubsub.
#pragma once

#include <caf/all.hpp>

#include <chrono>
#include <cstdint>

#include "caf_dgram/actors/runtime.h"

namespace examples {

struct publication {
  dgram::endpoint group;
  dgram::interface_selector interface;
  int ttl = 1;
  int count = 0;
  std::chrono::milliseconds interval{0};
};

/// A socket that is ready to publish.
struct publisher {
  dgram::socket_actor sock;
  std::uint16_t port = 0;  ///< Distinguishes its messages from those of other senders.
};

/// Opens the publisher's socket.
caf::expected<publisher> open_publisher(const dgram::runtime& net, caf::scoped_actor& self,
                                        const publication& what);

/// Sends all messages, one per interval, and closes the socket. Stops at the first error
/// and prints it. Returns the number of messages handed to the kernel.
int publish(const publisher& from, caf::scoped_actor& self, const publication& what);

}  // namespace examples
