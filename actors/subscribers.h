/// The receivers of a socket's events.
#pragma once

#include <vector>

#include "actors/caf_version.h"

namespace dgram {

/// Used on the socket's loop only; `self` is the socket.
class subscribers {
 public:
  explicit subscribers(caf::scheduled_actor& self) : self_(self) {}

  /// Adds a receiver, watched so that it can be removed when it dies. Once more
  /// changes nothing.
  void add(const caf::actor& who);

  /// Removes a receiver, if it is one.
  void remove(const caf::actor& who);

  /// Removes a receiver that died.
  void remove_dead(const caf::actor_addr& who);

  void remove_all();

  bool empty() const noexcept { return members_.empty(); }

  /// Sends one event to all; they share it.
  template <class Event>
  void publish(Event event) {
    if (members_.empty()) return;
    const auto message = caf::make_message(std::move(event));
    for (const auto& who : members_) send_shared(self_, who, message);
  }

 private:
  caf::scheduled_actor& self_;
  std::vector<caf::actor> members_;
};

}  // namespace dgram
