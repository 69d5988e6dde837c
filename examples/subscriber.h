/// The subscribing half of multicast_pubsub.
#pragma once

#include <chrono>
#include <string>

#include "caf_dgram/actors/runtime.h"

namespace examples {

/// What to subscribe to, and when to stop.
struct subscription {
  std::string name;
  dgram::endpoint group;
  dgram::interface_selector interface;
  std::uint16_t sender_port = 0;       ///< Hears this port only, unless 0.
  int count = 0;                       ///< Stops after so many messages of one sender …
  std::chrono::milliseconds patience;  ///< … or when none came for so long.
};

/// What a subscriber reports when it stops.
struct tally {
  std::string name;
  int received = 0;  ///< Different messages, of the sender that was heard most of.
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tally& x) {
  return f(caf::meta::type_name("tally"), x.name, x.received);
}

/// Joins the group with a socket of its own and prints what arrives; once the
/// subscriber stops, `owner` receives its tally. Returns why it could not
/// start, if so.
caf::error start_subscriber(dgram::runtime& net, caf::scoped_actor& owner,
                            const subscription& what);

}  // namespace examples
