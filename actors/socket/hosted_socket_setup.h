/// Everything a socket's actor gets from its runtime.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/loop/loop.h"
#include "caf_dgram/actors/loop/loop_inbox.h"
#include "caf_dgram/actors/send_queue_limits.h"
#include "caf_dgram/actors/send_rate.h"
#include "caf_dgram/actors/socket/group_ending.h"
#include "caf_dgram/actors/socket/held_start.h"
#include "caf_dgram/actors/socket/intake.h"
#include "caf_dgram/actors/socket/name_waits.h"
#include "caf_dgram/actors/socket/socket_census.h"

namespace dgram {

struct hosted_socket_setup {
  loop& host;  ///< Outlives the socket's descriptor, not its handles.
  std::shared_ptr<loop_inbox> inbox;
  socket_census::entry census;
  subscribe listener;  ///< Its subscriber may be null.
  any_actor owner;     ///< Its end closes the socket; null for none.
  bool receive_offload = true;
  intake::limits receive_limits;
  send_queue_limits send_limits;
  std::optional<dgram::send_rate> send_rate;
  name_waits::limits names;
  std::chrono::nanoseconds linger{0};
  std::size_t remote_unacknowledged = 0;  ///< Bytes, of each subscriber on another node.

  /// The group that the socket is a member of, if any. A member publishes datagrams,
  /// drops and errors in the group's name; the group publishes everything else.
  caf::strong_actor_ptr group;
  std::uint32_t member = 0;  ///< Its index there.
  std::shared_ptr<group_ending> ending;
  std::vector<absl::Status> refused_memberships;  ///< To be published at the start.

  /// Of a socket that is spawned before its listener and owner, null for others.
  std::shared_ptr<held_start> held;

  /// Called as the socket starts.
  void meet_worker() {
    if (held) listener.subscriber = owner = held->take_worker();
  }
};

}  // namespace dgram
