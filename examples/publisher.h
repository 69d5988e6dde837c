/// The publishing half of multicast_pubsub.
#pragma once

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
  std::uint16_t port = 0;  ///< By which its messages are told from those of others.
};

/// Opens the publisher's socket.
caf::expected<publisher> open_publisher(dgram::runtime& net, caf::scoped_actor& self,
                                        const publication& what);

/// Sends all messages, one interval apart, and closes the socket; returns how
/// many the kernel took. Prints the error that kept it from the rest.
int publish(const publisher& from, caf::scoped_actor& self, const publication& what);

}  // namespace examples
