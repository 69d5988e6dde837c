/// Several sockets on one UDP port, one on each loop, behind one handle: the
/// kernel distributes incoming datagrams over them by source address (SO_REUSEPORT,
/// socket(7)), so that as many CPUs receive.
///
/// A group is bound when it is opened. Commands go to all members, with these
/// exceptions: `send` and `send_batch` go to one member chosen by sender, so that the
/// datagrams of one sender leave in order; memberships and queries go to the first
/// member. Events come in the group's name, each datagram once. The group ends with its
/// members, and they with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "caf/typed_event_based_actor.hpp"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/compat/death_watches.h"
#include "caf_dgram/actors/compat/ending.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/socket/error_log.h"
#include "caf_dgram/actors/socket/group_ending.h"
#include "caf_dgram/actors/socket/hosted_actor.h"
#include "caf_dgram/actors/socket/socket_census.h"
#include "caf_dgram/actors/socket/subscribers.h"
#include "caf_dgram/actors/socket_actor.h"
#include "caf_dgram/dgram/endpoint.h"

namespace dgram {

/// Why a group has no credits: its members cannot share them.
absl::Status no_shared_credits(const char* operation);

class socket_group final : public ending<own_actor<hosted_actor::base>> {
 public:
  /// The owner's end closes the members passed to `adopt`.
  socket_group(caf::actor_config& config, subscribe listener, any_actor owner,
               std::shared_ptr<group_ending> ending, socket_census::entry census);

  const char* name() const override { return "dgram.socket_group"; }

  behavior_type make_behavior() override;

  /// Sets the members and the address that they are bound to. Call it once, before they
  /// or the group are started.
  void adopt(std::vector<socket_actor> members, const endpoint& local) {
    members_ = std::move(members);
    local_ = local;
  }

 private:
  /// Sends and acknowledgements pass by the mailbox and go to their member at once.
  void take_in(caf::mailbox_element_ptr element, actor_runner* sender_runs_on) override;

  void on_end(const caf::error& reason) override;
  template <class... Commands>
  behavior_type handle_all(message_list<Commands...>);

  template <class Command>
  caf::result<typename Command::answer> handle(const Command& command);
  caf::result<endpoint> handle(const connect& command);
  caf::result<void> handle(const subscribe& command);
  caf::result<void> handle(const subscribe_through& command);
  caf::result<void> handle(const unsubscribe& command);
  caf::result<void> handle(const grant& command);
  caf::result<statistics> handle(const get_statistics& command);

  const socket_actor& first() const { return members_.front(); }
  caf::result<void> add_subscriber(const subscribe& terms, const caf::strong_actor_ptr& speaker);
  void on_member_down(const caf::error& reason);

  /// Asks every member. Once all have answered, calls `done` with their results, or
  /// `failed` with the first error. `failed` is also called if the group ends before.
  template <class Result, class Command, class Done, class Failed>
  void ask_all(const Command& command, Done done, Failed failed);

  /// Has every member handle the command. Answers with what `done` makes of the results,
  /// or with the first error.
  template <class Result, class Command, class Done>
  caf::result<Result> all(const Command& command, Done done);

  /// Fails the current command.
  caf::result<void> refuse(const char* operation, const absl::Status& why);

  std::vector<socket_actor> members_;  ///< Immutable once the group runs.
  endpoint local_;
  std::size_t open_ = 0;  ///< Members that have not ended yet.
  subscribe listener_;    ///< Moved out at the start; its subscriber may be null.
  any_actor owner_;
  std::shared_ptr<group_ending> ending_;
  socket_census::entry census_;
  death_watches watches_;
  subscribers subscribers_;
  error_log errors_;
  caf::strong_actor_ptr alive_;  ///< Keeps the actor alive until its end.

  /// How to fail requests to members if the group ends, since CAF drops the handlers of
  /// an actor that ends.
  std::map<std::uint64_t, std::function<void(const caf::error&)>> pending_;
  std::uint64_t next_pending_ = 0;
};

}  // namespace dgram
