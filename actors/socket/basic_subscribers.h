/// The receivers of events, datagrams among them, that come in batches: each in the form and under
/// the terms that it asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "caf/scheduled_actor.hpp"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/acknowledgement.h"
#include "caf_dgram/actors/compat/death_watches.h"
#include "caf_dgram/actors/compat/direct_receiver.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/socket/allowance.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/memory/lease.h"
#include "caf_dgram/dgram/memory/memory_account.h"

namespace dgram {

/// Used on the loop of `self` only, which is the socket, or what else speaks. `Events` says how
/// datagrams come:
///
///   struct socket_events {
///     using single = message_event;
///     using batched = batch_event;
///
///     /// Whether `receive_account` is charged before `deliver`.
///     static constexpr bool are_charged = true;
///
///     /// The event for one datagram.
///     static single event_of(payload bytes, const datagram_ends& ends, std::size_t size);
///
///     /// The bytes in it.
///     static std::size_t bytes_of(const single& event);
///   };
///
/// Instantiated once for each `Events`, in a file that includes basic_subscribers_members.h.
template <class Events>
class basic_subscribers {
 public:
  using single_event = typename Events::single;
  using batched_event = typename Events::batched;

  basic_subscribers(caf::scheduled_actor& self, death_watches& watches)
      : self_(self), watches_(watches) {}

  /// `self` lives on this loop, and so may the receivers (`resident::home`).
  void live_on(const void* home) noexcept { home_ = home; }

  /// Events come in the name of another actor from now on.
  void speak_as(caf::strong_actor_ptr speaker) { speaker_ = std::move(speaker); }

  /// Datagrams are received on this account. Subscribers that lose the excess
  /// get accounts of their own, with the same limit.
  void receive_on(std::shared_ptr<memory_account> account) { account_ = std::move(account); }

  /// Receivers on other nodes, from now on, may have so many bytes of events that they
  /// have not acknowledged: CAF's network takes without limit what is sent to them.
  /// Acknowledgements come to `member` of the group that speaks, if there is one.
  void limit_remote(std::size_t unacknowledged, std::uint32_t member) {
    remote_.limit = unacknowledged;
    remote_.member = member;
  }

  // -- who --------------------------------------------------------------------

  /// Adds a receiver, watched so that it can be removed when it dies. Once more
  /// replaces how datagrams come to it. Events come in the name of `speaker`, if there
  /// is one; when it dies, the receiver is removed, too.
  void add(const subscribe& who, const caf::strong_actor_ptr& speaker = nullptr);

  /// The same for terms that have not been checked. Errors: invalid_subscriber, out_of_range,
  /// not_registered.
  absl::Status admit(const subscribe& who, const caf::strong_actor_ptr& speaker);

  /// Removes a receiver, if it is one.
  void remove(const caf::actor& who);

  /// Removes a receiver that died, or whose speaker did.
  void remove_dead(const caf::actor_addr& who);

  void remove_all();

  /// Whether nobody is subscribed, and nobody who was has events to acknowledge.
  bool is_idle() const noexcept { return members_.empty() && former_.empty(); }

  /// Whether anyone wants datagrams.
  bool take_datagrams() const noexcept { return deaf_ < members_.size(); }

  // -- events -----------------------------------------------------------------

  /// Sends one event to all that want its kind; they share it.
  template <class Event>
  void publish(Event event) {
    if (members_.empty()) return;
    const auto message = caf::make_message(std::move(event));
    for (auto& one : members_) {
      if (!one.wants(Event::kind)) continue;
      if (one.is_remote()) {
        publish_remotely(one, message.template get_as<Event>(0));
      } else {
        send_shared(speaker_of(one), one.who, caf::make_message_id(), message, self_.context());
      }
    }
  }

  /// Hands datagrams to all, each in the way that it asked for.
  void deliver(batch& datagrams);

  /// Reports losses to those that have not taken anything since their last one:
  /// at once, and then after twice as many calls each time.
  void report_losses();
  bool has_unreported_losses() const noexcept;

  /// Gives a receiver more credits; false if it is none.
  bool grant(const caf::actor& who, std::int64_t credits);

  /// The same for credits that have not been checked. Errors: out_of_range, invalid_subscriber.
  absl::Status admit(const dgram::grant& more);

  /// A receiver on another node has handled the event with this number.
  void acknowledge(std::uint64_t number);

  /// The socket is closing: drops all backlogs and reports the losses.
  void finish();

  // -- memory -----------------------------------------------------------------

  /// Whom the receiver charges, if `Events::are_charged`; null if `deliver` does it, because
  /// some subscribers have accounts of their own.
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
    event_kinds kinds = default_events;
    delivery datagrams = delivery::single;
    allowance may;
    std::shared_ptr<memory_account> account;  ///< Of one that loses the excess.
    std::uint64_t unreported_checks = 0;      ///< Calls of `report_losses` since the last report.
    std::uint64_t next_report = 1;       ///< `unreported_checks` at which it gets the next report.
    std::uint64_t since = 0;             ///< `delivered_` when it was without limits last counted.
    caf::strong_actor_ptr speaker = {};  ///< Null for that of all.
    std::optional<error_event> withheld = {};  ///< Errors that wait for acknowledgements.
    direct_receiver* neighbour = nullptr;      ///< Itself, if it lives on the socket's loop.

    bool wants(event_kinds kind) const noexcept { return includes(kinds, kind); }
    bool is_plain() const noexcept { return may.is_plain() && wants(event_kinds::datagrams); }
    bool is_remote() const noexcept { return may.window().is_limited(); }
    bool holds_up() const noexcept { return wants(event_kinds::datagrams) && may.holds_up(); }
  };

  /// A receiver that was removed before it acknowledged everything.
  struct former_member {
    caf::actor who;
    acknowledged_window window;
  };

  /// What concerns all receivers on other nodes.
  struct acknowledging {
    std::size_t limit = acknowledged_window::unlimited;
    std::uint32_t member = 0;  ///< Of the group that speaks.
    std::uint64_t asked = 0;   ///< Acknowledgements, the number of the last.
  };

  caf::strong_actor_ptr speaker_of(const member& who) const {
    if (who.speaker) return who.speaker;
    return speaker_ ? speaker_ : caf::strong_actor_ptr(self_.ctrl());
  }

  direct_receiver* neighbour(const caf::actor& who) const;
  void set_speaker(member& of, const caf::strong_actor_ptr& speaker);

  /// The window of a receiver: what it had not acknowledged when it was removed still
  /// counts.
  acknowledged_window window_for(const caf::actor& who);

  typename std::vector<member>::iterator find(const caf::actor& who);
  void erase(typename std::vector<member>::iterator which);
  void forget(const member& who);

  /// Datagrams that went out to it.
  std::uint64_t passed(const member& who) const noexcept {
    return who.may.passed() + (who.is_plain() ? delivered_ - who.since : 0);
  }

  static reading_costs costs_of(delivery way) noexcept;
  static allowance::terms terms_of(const subscribe& who) noexcept;

  template <class Take>
  static void for_each_datagram(const batch& datagrams, Take take);

  /// Counts again who wants what, after a change.
  void recount();

  /// One event to all that want datagrams this way and without limit.
  template <class Event>
  void deliver_to(delivery way, Event event);

  void deliver_to_plain(batch& datagrams);
  void deliver_to_limited(member& to, batch datagrams);

  /// Sends `datagrams`, preceded by an overrun_event for earlier losses.
  void pass_on(member& to, batch datagrams);
  void report_losses(member& to);

  /// `bytes` are those of its datagrams.
  template <class Event>
  void send_to(member& to, Event event, std::size_t bytes = 0, std::size_t datagrams = 1) {
    if (to.is_remote() &&
        to.may.window().count(bytes + datagrams * acknowledged_window::overhead)) {
      to.may.window().expect(++remote_.asked);
      return send_acknowledged(speaker_of(to), to.who, std::move(event), self_.context(),
                               {remote_.member, remote_.asked});
    }
    if (to.neighbour != nullptr && to.neighbour->is_free()) {
      return deliver_directly(*to.neighbour, speaker_of(to), std::move(event), self_.context());
    }
    send_alone(speaker_of(to), to.who, std::move(event), self_.context());
  }

  /// Errors may be many: while a receiver acknowledges nothing, they become one.
  template <class Event>
  void publish_remotely(member& to, const Event& event) {
    if constexpr (std::is_same_v<Event, error_event>) {
      if (!to.may.window().is_open()) return withhold(to, event);
    }
    send_to(to, event);
  }

  static void withhold(member& from, const error_event& event);

  caf::scheduled_actor& self_;
  death_watches& watches_;
  const void* home_ = nullptr;     ///< Null without a loop.
  caf::strong_actor_ptr speaker_;  ///< Null for `self_`.
  std::shared_ptr<memory_account> account_;
  std::vector<member> members_;
  std::vector<former_member> former_;
  acknowledging remote_;
  std::size_t plain_single_ = 0;   ///< Members without limits that want single datagrams.
  std::size_t plain_batched_ = 0;  ///< The same for batches.
  std::size_t deaf_ = 0;           ///< Members that want no datagrams.
  std::size_t losing_ = 0;         ///< Members that lose the excess.
  reading_costs costs_;
  std::uint64_t delivered_ = 0;    ///< Datagrams offered to the subscribers of the time.
  std::uint64_t lost_before_ = 0;  ///< By those who are gone.
};

}  // namespace dgram
