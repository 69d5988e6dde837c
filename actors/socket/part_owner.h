/// The interface of a socket's actor to its parts.
#pragma once

#include <cstddef>

namespace dgram {

/// Called on the socket's loop only.
class part_owner {
 public:
  /// The outbox wants `on_due` to be called at the end of this turn.
  virtual void flush_later() = 0;

  /// The intake wants `on_asked_again` to be called in the next turn.
  virtual void ask_again() = 0;

  /// What the descriptor is watched for has changed. May end the socket.
  virtual void watch_changed() = 0;

  /// A part's deadline has changed.
  virtual void deadline_changed() = 0;

  /// Datagrams are about to be sent.
  virtual void before_sending() = 0;

  /// The kernel may have dropped the connected peer.
  virtual void peer_may_be_gone() = 0;

  /// Whether at most half of the sends that may wait for host names do.
  virtual bool has_room_for_names() const = 0;

  /// Datagrams were sent or received.
  virtual void count_traffic(std::size_t datagrams) = 0;

 protected:
  ~part_owner() = default;
};

}  // namespace dgram
