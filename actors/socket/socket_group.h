/// Several sockets on one UDP port, one on each loop, behind one handle: the
/// kernel spreads what comes in over them by its senders (SO_REUSEPORT,
/// socket(7)), so that as many CPUs receive.
///
/// The group is opened bound. A command concerns all members, but for these:
/// `send` and `send_batch` go through the member that is the sender's own, so
/// that the datagrams of one sender leave in order; memberships and look-ups are
/// the first member's. Events come in the group's name, each datagram once. The
/// group ends with its members, and they with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "caf_dgram/actors/socket/subscribers.h"
#include "caf_dgram/actors/socket_actor.h"
#include "caf_dgram/dgram/endpoint.h"

namespace dgram {

class socket_group final : public socket_actor::base {
 public:
  socket_group(caf::actor_config& config, const caf::actor& listener, delivery datagrams);

  const char* name() const override { return "dgram.socket_group"; }

  /// Sends pass by the mailbox and go to their member at once.
  void enqueue(caf::mailbox_element_ptr element, actor_runner* sender_runs_on) override;

  behavior_type make_behavior() override;

  bool cleanup(caf::error&& reason, actor_runner* host) override;

  /// Takes in the sockets. Call it once, before they or the group are started.
  void adopt(std::vector<socket_actor> members) { members_ = std::move(members); }

 private:
  const socket_actor& first() const { return members_.front(); }
  void on_member_down(const caf::error& reason);

  /// Asks every member; `done` is called with the results of all, `failed` with
  /// the first error once all have answered, or when the group ends.
  template <class Result, class Command, class Done, class Failed>
  void ask_all(const Command& command, Done done, Failed failed);

  /// Has every member handle the command; answers with one's result, or with
  /// what failed first. `done` is called once all have succeeded.
  template <class Result, class Command, class Done>
  caf::result<Result> all(const Command& command, Done done);

  template <class Command>
  caf::result<void> all(const Command& command);

  /// Fails the command that is being handled.
  caf::result<void> refuse(const absl::Status& why);

  std::vector<socket_actor> members_;  ///< Never changed once the group runs.
  std::size_t open_ = 0;               ///< Members that have not ended yet.
  bool ended_ = false;
  subscribers subscribers_;
  caf::strong_actor_ptr alive_;  ///< Itself, until its end.

  /// How to answer what members are being asked for, should the group end. CAF
  /// drops the handlers of an actor that ends.
  std::map<std::uint64_t, std::function<void(const caf::error&)>> pending_;
  std::uint64_t next_pending_ = 0;
};

}  // namespace dgram
