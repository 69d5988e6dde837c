/// How to open a socket: what is done to it before it is handed out, and its limits.
///
///   dgram::open_options with;
///   with.local = {"127.0.0.1", 0};
///   with.options = {{dgram::option::reuse_address, true}};
///   with.memberships = {{"239.1.2.3", "lo"}};
///   with.listener = self;
///   auto sock = net.open(dgram::family::udp4, with);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/placement.h"
#include "caf_dgram/actors/send_queue_limits.h"
#include "caf_dgram/actors/send_rate.h"
#include "caf_dgram/dgram/block_list.h"

namespace dgram {

/// For a socket without an owner.
inline const any_actor nobody{};

/// Many fields, each an independent choice with a default.
struct open_options {
  // -- steps, in this order; errors name the step that failed -------------------

  /// As by `set_option`, before the bind.
  std::vector<set_option> options;

  /// As by `bind`. `address()` is the wildcard with a port chosen by the kernel;
  /// without a value the socket is not bound.
  std::optional<address> local;
  bool replace_stale_path = false;  ///< As in `bind`.

  /// As by `add_membership`. Of several interfaces, those that the kernel refused are
  /// reported by `error_event`s.
  std::vector<add_membership> memberships;

  /// As by `connect`.
  std::optional<address> peer;

  // -- first subscriber ---------------------------------------------------------

  /// Subscribed from the start, so that it misses no event. The other fields are as in
  /// `subscribe`.
  any_actor listener;
  event_kinds events = default_events;
  delivery datagrams = delivery::single;
  std::int64_t credits = subscribe::unlimited;
  excess beyond = excess::pause;
  std::int64_t backlog = subscribe::default_backlog;

  // -- life ---------------------------------------------------------------------

  /// On which loop. Ignored by groups, which have a socket on each.
  placement where;

  /// When this actor ends, for any reason, the socket sends what it accepted and closes.
  /// By default the listener; `nobody` for a socket without an owner.
  std::optional<any_actor> owner;

  /// Whether the end of the runtime waits for this socket. By default it does if the
  /// socket has an owner that is not a blocking or scoped actor: such an owner may itself
  /// be waiting for the runtime's end.
  std::optional<bool> referenced;

  // -- limits -------------------------------------------------------------------

  /// Whether the kernel may merge datagrams of one sender and size into one buffer
  /// (`option::receive_offload`). Many times faster where it happens, and no cost where
  /// it does not.
  bool receive_offload = true;

  /// Bytes of memory that received datagrams may hold until subscribers have released
  /// them, messages included; at least 1. When it is used up, the socket stops reading
  /// until half of it is free, and the kernel drops what it has no room for
  /// (`kernel_drop_event`). Each subscriber that loses the excess may hold the same
  /// amount in addition. By default `runtime_options::receive_memory`.
  std::optional<std::size_t> receive_memory;

  /// How much may wait to be sent; beyond it sends fail with `queue_full`. By default
  /// `runtime_options::send_limits`.
  std::optional<send_queue_limits> send_limits;

  /// How fast datagrams leave, by default as fast as the kernel takes them. Each member of a group
  /// has the rate for itself.
  std::optional<dgram::send_rate> send_rate;

  /// Bytes of events that each subscriber on another node may have without having
  /// handled them, 4096 or more, each event or datagram counted with 256 bytes beside
  /// its payload. Beyond it the socket pauses, or the subscriber loses, as its terms
  /// say. The last event may exceed it. By default
  /// `runtime_options::remote_unacknowledged`.
  std::optional<std::size_t> remote_unacknowledged;

  /// Datagrams from these addresses are dropped; null for none.
  std::shared_ptr<const block_list> receive_block_list;
};

}  // namespace dgram
