/// The receivers of a socket's events.
#pragma once

#include <vector>

#include "actors/caf_version.h"
#include "actors/messages.h"
#include "dgram/batch.h"

namespace dgram {

/// Used on the socket's loop only; `self` is the socket.
class subscribers {
 public:
  explicit subscribers(caf::scheduled_actor& self) : self_(self) {}

  /// Events come in the name of another actor from now on.
  void speak_as(caf::strong_actor_ptr speaker) { speaker_ = std::move(speaker); }

  /// Adds a receiver, watched so that it can be removed when it dies. Once more
  /// changes how datagrams come to it.
  void add(const caf::actor& who, delivery datagrams);

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
    for (const auto& one : members_) send_shared(speaker(), one.who, message, self_.context());
  }

  /// Hands datagrams to all, each in the way that it asked for.
  void deliver(batch& datagrams);

 private:
  caf::scheduled_actor& self_;
  caf::strong_actor_ptr speaker_;  ///< Null for `self_`.
  struct member {
    caf::actor who;
    delivery datagrams;
  };

  caf::strong_actor_ptr speaker() const {
    return speaker_ ? speaker_ : caf::strong_actor_ptr(self_.ctrl());
  }

  std::vector<member>::iterator find(const caf::actor& who);

  /// One event to all that want datagrams this way.
  template <class Event>
  void deliver_to(delivery way, Event event);

  std::vector<member> members_;
  std::size_t single_ = 0;  ///< Members that want a message for each datagram.
};

}  // namespace dgram
