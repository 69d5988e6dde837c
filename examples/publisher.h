/// The publishing half of multicast_pubsub.
#pragma once

#include <chrono>

#include "actors/runtime.h"

namespace examples {

struct publication {
  dgram::endpoint group;
  dgram::interface_selector interface;
  int ttl = 1;
  int count = 0;
  std::chrono::milliseconds interval{0};
};

/// Sends all messages, with a socket of its own and one interval apart; returns
/// how many the kernel took. Prints the error that kept it from the rest.
int publish(dgram::runtime& net, caf::scoped_actor& self, const publication& what);

}  // namespace examples
