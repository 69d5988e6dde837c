/// The receivers of a socket's events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/messages.h"
#include "caf_dgram/actors/socket/allowance.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/memory/lease.h"
#include "caf_dgram/dgram/memory/memory_account.h"

namespace dgram {

/// Used on the socket's loop only; `self` is the socket.
class subscribers {
 public:
  explicit subscribers(caf::scheduled_actor& self) : self_(self) {}

  /// Events come in the name of another actor from now on.
  void speak_as(caf::strong_actor_ptr speaker) { speaker_ = std::move(speaker); }

  /// Datagrams are received on this account. Subscribers that lose the excess
  /// get accounts of their own, with the same limit.
  void receive_on(std::shared_ptr<memory_account> account) { account_ = std::move(account); }

  // -- who --------------------------------------------------------------------

  /// Adds a receiver, watched so that it can be removed when it dies. Once more
  /// replaces how datagrams come to it.
  void add(const subscribe& who);

  /// Removes a receiver, if it is one.
  void remove(const caf::actor& who);

  /// Removes a receiver that died.
  void remove_dead(const caf::actor_addr& who);

  void remove_all();

  bool empty() const noexcept { return members_.empty(); }

  // -- events -----------------------------------------------------------------

  /// Sends one event to all; they share it.
  template <class Event>
  void publish(Event event) {
    if (members_.empty()) return;
    const auto message = caf::make_message(std::move(event));
    for (const auto& one : members_) send_shared(speaker(), one.who, message, self_.context());
  }

  /// Hands datagrams to all, each in the way that it asked for. What was
  /// received on `receive_account` is charged already.
  void deliver(batch& datagrams);

  /// Tells those that lost something, and have not taken anything since, how much:
  /// at once, and then after twice as many calls each time.
  void tell_losses();
  bool has_untold_losses() const noexcept;

  /// Gives a receiver more credits; false if it is none.
  bool grant(const caf::actor& who, std::int64_t credits);

  /// Takes for granted that nothing more comes: what waits is lost, and told so.
  void finish();

  // -- memory -----------------------------------------------------------------

  /// Whom the receiver charges; null if `deliver` does it, because some
  /// subscribers have accounts of their own.
  std::shared_ptr<memory_account> receive_account() const {
    return losing_ == 0 ? account_ : nullptr;
  }

  /// What datagrams cost those who are on that account.
  reading_costs costs() const noexcept { return costs_; }

  /// Whether someone without credits wants the socket to read no further.
  bool hold_up() const noexcept;

  // -- counting ---------------------------------------------------------------

  /// Datagrams that subscribers lost, those who are gone included.
  std::uint64_t lost() const noexcept;

  std::vector<subscriber_statistics> count() const;

 private:
  struct member {
    caf::actor who;
    delivery datagrams = delivery::single;
    allowance may;
    std::shared_ptr<memory_account> account;  ///< Of one that loses the excess.
    std::uint64_t untold_checks = 0;          ///< Calls of `tell_losses` since it took anything,
    std::uint64_t next_telling = 1;           ///< and when the next one tells it.
    std::uint64_t since = 0;  ///< `delivered_` when it was without limits last counted.
  };

  caf::strong_actor_ptr speaker() const {
    return speaker_ ? speaker_ : caf::strong_actor_ptr(self_.ctrl());
  }

  std::vector<member>::iterator find(const caf::actor& who);
  void erase(std::vector<member>::iterator which);

  /// Datagrams that went out to it.
  std::uint64_t passed(const member& who) const noexcept {
    return who.may.passed() + (who.may.is_plain() ? delivered_ - who.since : 0);
  }

  /// Counts again who wants what, after a change.
  void recount();

  /// One event to all that want datagrams this way and without limit.
  template <class Event>
  void deliver_to(delivery way, Event event);

  void deliver_to_plain(batch& datagrams);
  void deliver_to_limited(member& to, batch datagrams);

  /// What may pass goes out, behind the news of what was lost before it.
  void pass_on(member& to, batch datagrams);
  void tell_losses(member& to);

  template <class Event>
  void send_to(const member& to, Event event) {
    send_alone(speaker(), to.who, std::move(event), self_.context());
  }

  caf::scheduled_actor& self_;
  caf::strong_actor_ptr speaker_;  ///< Null for `self_`.
  std::shared_ptr<memory_account> account_;
  std::vector<member> members_;
  std::size_t plain_single_ = 0;   ///< Members without limits that want single datagrams.
  std::size_t plain_batched_ = 0;  ///< The same for batches.
  std::size_t losing_ = 0;         ///< Members that lose the excess.
  reading_costs costs_;
  std::uint64_t delivered_ = 0;    ///< Datagrams that came to whoever was there.
  std::uint64_t lost_before_ = 0;  ///< By those who are gone.
};

}  // namespace dgram
