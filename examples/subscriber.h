/// The subscribing half of multicast_pubsub.
#pragma once

#include <caf/all.hpp>

#include <chrono>
#include <future>
#include <string>

#include "caf_dgram/actors/runtime.h"

namespace examples {

/// What to subscribe to, and when to stop.
struct subscription {
  std::string name;
  dgram::endpoint group;
  dgram::interface_selector interface;
  std::uint16_t sender_port = 0;       ///< Prints only messages from this port, unless 0.
  int count = 0;                       ///< Stops after this many messages of one sender …
  std::chrono::milliseconds patience;  ///< … or when none arrived for this long.
};

/// What a subscriber reports when it stops.
struct tally {
  std::string name;
  int received = 0;  ///< Distinct messages of the most active sender.
};

/// Starts an actor that joins the group with its own socket and prints what arrives. When
/// it stops, the result becomes ready. Fails if it could not start.
caf::expected<std::shared_future<tally>> start_subscriber(const dgram::runtime& net,
                                                          caf::scoped_actor& owner,
                                                          const subscription& what);

}  // namespace examples
