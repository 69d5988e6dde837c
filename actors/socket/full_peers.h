/// Datagrams that wait for Unix sockets whose receive queues are full (unix(7)).
///
/// The kernel does not tell when there is room again, so each peer is tried anew after a
/// delay of its own. Datagrams to others do not wait for it, and trying costs the same
/// however many datagrams wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "caf_dgram/actors/loop/deadline_queue.h"
#include "caf_dgram/actors/socket/outgoing.h"
#include "caf_dgram/actors/socket/outgoing_queue.h"
#include "caf_dgram/actors/socket/retry_delay.h"
#include "caf_dgram/dgram/endpoint.h"

namespace dgram {

class full_peers {
 public:
  using clock = std::chrono::steady_clock;

  bool empty() const noexcept { return peers_.empty(); }

  /// Whether datagrams to that peer have to wait behind others.
  bool contains(const endpoint& to) const { return !peers_.empty() && peers_.count(to) > 0; }

  /// Has a datagram wait for its peer, which is full, behind those for the same one.
  void push(outgoing&& what, clock::time_point now);

  /// When the next peer has to be tried.
  std::optional<clock::time_point> next_try() const { return tries_.next(); }

  /// Calls `offer` with what waits for each peer that is due. It removes from the front
  /// what the peer takes, and returns whether that was anything.
  template <class Offer>
  void try_due(clock::time_point now, Offer offer) {
    while (const auto due = tries_.pop_due(now)) {
      const auto peer = peers_.find(**due);
      if (offer(peer->second.waiting)) peer->second.delay.reset();
      if (peer->second.waiting.empty()) {
        peers_.erase(peer);
      } else {
        schedule(*peer, now);
      }
    }
  }

  /// Moves everything that waits to the back of `into`.
  void move_to(std::vector<outgoing>& into);

 private:
  struct waiting_for_room {
    outgoing_queue waiting;
    retry_delay delay;
  };

  // Pointers to keys stay valid until their entry is erased.
  using map = std::unordered_map<endpoint, waiting_for_room>;

  void schedule(map::value_type& peer, clock::time_point now);

  map peers_;
  deadline_queue<const endpoint*> tries_;
};

}  // namespace dgram
