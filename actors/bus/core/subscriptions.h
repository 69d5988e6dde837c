/// Who gets the messages of which channels, and the events of a bus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "caf/actor_addr.hpp"
#include "caf/scheduled_actor.hpp"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/bus/commands.h"
#include "caf_dgram/actors/bus/core/bus_subscribers.h"
#include "caf_dgram/actors/bus/core/channel_index.h"
#include "caf_dgram/actors/compat/acknowledgement.h"
#include "caf_dgram/actors/compat/death_watches.h"
#include "caf_dgram/actors/socket/subscribers.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/memory/memory_account.h"

namespace dgram {

/// Used on the loop of `self` only, which is the bus.
class subscriptions {
 public:
  /// What all subscriptions have in common.
  struct surroundings {
    std::shared_ptr<memory_account> account;  ///< For messages that subscribers hold.
    std::size_t remote_unacknowledged = 0;    ///< As in `open_options`.
  };

  subscriptions(caf::scheduled_actor& self, death_watches& watches, surroundings around);

  /// The bus lives on this loop, and so may receivers (`resident::home`). Call it first.
  void live_on(const void* home) noexcept;

  // -- who --------------------------------------------------------------------

  /// Errors: invalid_channel, invalid_subscriber, out_of_range, not_registered.
  absl::Status add(const subscribe_channels& what);

  /// An actor that gets events of the bus without any message.
  void add_listener(const any_actor& who, event_kinds kinds);

  void remove(const unsubscribe_channels& what);
  void remove_dead(const caf::actor_addr& who);

  /// Errors: invalid_subscriber, out_of_range.
  absl::Status grant(const grant_messages& more);

  void acknowledge(const acknowledgement& which);

  /// The bus has ended.
  void remove_all();

  // -- events of the bus --------------------------------------------------------

  template <class Event>
  void publish(Event event) {
    listeners_.publish(std::move(event));
  }

  // -- messages -----------------------------------------------------------------

  using receivers = std::vector<channel_index::key>;

  /// Valid until the next call.
  const receivers& of(std::string_view channel) { return index_.match(channel); }

  /// Keeps messages for those receivers until `deliver`: datagrams of `size` bytes each.
  void add(const receivers& to, const payload& bytes, std::size_t size, const datagram_ends& from);

  /// Hands over what was added.
  void deliver();

  /// Reports losses to those that have not taken anything since their last one.
  void report_losses();
  bool has_unreported_losses() const noexcept { return !with_losses_.empty(); }

  /// Whether someone without credits wants the bus to read no further.
  bool hold_up() const noexcept { return !holding_up_.empty(); }

  /// The bus is closing: drops all backlogs and reports the losses.
  void finish();

  std::vector<subscription_statistics> count() const;

 private:
  /// The subscribers of one pattern.
  struct audience {
    std::string pattern;
    bus_subscribers members;
    batch pending = {};
  };

  /// What an actor has subscribed to.
  struct person {
    event_kinds own = event_kinds::none;                  ///< Wanted without any message.
    std::map<channel_index::key, event_kinds> with = {};  ///< Wanted with each subscription.

    event_kinds all() const;
  };

  using persons = std::map<caf::actor_addr, person>;

  /// Errors: invalid_channel.
  absl::StatusOr<channel_index::key> find_or_begin(const std::string& pattern);

  /// Has someone get the events that are wanted now, if there are any.
  void listen_again(const any_actor& who, persons::iterator entry);

  /// Notes what has changed with a pattern's subscribers; removes the pattern if there are none.
  void review(channel_index::key which);

  caf::scheduled_actor& self_;
  death_watches& watches_;
  const surroundings around_;
  const void* home_ = nullptr;
  subscribers listeners_;
  persons persons_;
  channel_index index_;
  std::vector<std::unique_ptr<audience>> audiences_;  ///< By key; null where one has ended.
  std::unordered_map<std::string, channel_index::key> by_pattern_;
  std::vector<channel_index::key> touched_;   ///< Those with pending messages.
  std::set<channel_index::key> holding_up_;   ///< Those that want the bus to read no further.
  std::set<channel_index::key> with_losses_;  ///< Those with losses to report.
};

}  // namespace dgram
