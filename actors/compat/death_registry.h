/// Reports the end of actors to the many sockets of a loop, at the price of one monitor for
/// each actor: CAF keeps an actor's monitors in a list that it searches one by one, so that
/// n sockets with a monitor each would take n^2 steps to close.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "caf/actor.hpp"
#include "caf/actor_addr.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/error.hpp"

namespace dgram {

/// What a watcher receives.
struct watched_ended {
  using answer = void;

  caf::actor_addr who;
  caf::error reason;
};

/// Used by one thread.
class death_registry : public std::enable_shared_from_this<death_registry> {
 public:
  /// Sends `watcher` a `watched_ended` when `who` ends, at once if it has.
  void watch(const caf::actor& who, const caf::actor_addr& watcher);

  /// Undoes `watch`; a message may be under way. Leaves no trace at an actor that nobody watches
  /// any more.
  void forget(const caf::actor_addr& who, const caf::actor_addr& watcher);

  /// The number of actors that are watched.
  std::size_t size() const;

 private:
  struct hash {
    std::size_t operator()(const caf::actor_addr& who) const noexcept {
      return std::hash<const void*>()(who.get());
    }
  };

  using watchers = std::unordered_set<caf::actor_addr, hash>;

  /// Any thread.
  void on_end(const caf::actor_addr& who, const caf::error& reason);

  mutable std::mutex mutex_;
  std::unordered_map<caf::actor_addr, watchers, hash> watched_;
};

}  // namespace dgram

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dgram::watched_ended)
