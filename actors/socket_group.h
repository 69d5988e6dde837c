/// Several sockets on one UDP port, one on each loop, behind one handle: the
/// kernel spreads what comes in over them by its senders (SO_REUSEPORT,
/// socket(7)), so that as many CPUs receive.
///
/// The group is opened bound. A command concerns all members, but for these:
/// `send` and `send_batch` go through the member that is the sender's own, so
/// that the datagrams of one sender leave in order; memberships and look-ups are
/// the first member's. Events come in the group's name, each datagram once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "actors/reply.h"
#include "actors/socket_actor.h"
#include "actors/subscribers.h"
#include "dgram/endpoint.h"

namespace dgram {

class socket_group final : public socket_actor::base {
 public:
  socket_group(caf::actor_config& config, endpoint local, const caf::actor& listener,
               delivery datagrams);

  const char* name() const override { return "dgram.socket_group"; }

  /// Sends pass by the mailbox and go to their member at once.
  void enqueue(caf::mailbox_element_ptr element, actor_runner* sender_runs_on) override;

  behavior_type make_behavior() override;

  void on_exit() override;

  /// Takes in the sockets. Call it once, before anybody has a handle.
  void adopt(std::vector<socket_actor> members) { members_ = std::move(members); }

 private:
  const socket_actor& first() const { return members_.front(); }
  const socket_actor& member_of(const caf::strong_actor_ptr& sender) const;

  /// Has every member handle the command; answers with the first one's result,
  /// or with what failed first. `done` is called once all have succeeded.
  template <class Result, class Command, class Done>
  caf::result<Result> all(const Command& command, Done done);

  template <class Result, class Command>
  caf::result<Result> all(const Command& command);

  caf::result<statistics> sum();

  const endpoint local_;
  std::vector<socket_actor> members_;  ///< Never changed once the group runs.
  std::size_t open_ = 0;               ///< Members that have not ended yet.
  subscribers subscribers_;
  caf::strong_actor_ptr alive_;  ///< Itself, until the last member has ended.
};

}  // namespace dgram
