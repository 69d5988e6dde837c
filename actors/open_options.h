/// What a socket is opened with.
#pragma once

#include <cstddef>
#include <memory>

#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/messages.h"
#include "caf_dgram/actors/socket/send_queue.h"
#include "caf_dgram/dgram/block_list.h"
#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram {

struct open_options {
  /// Subscribed from the start, so that it misses no event.
  caf::actor listener;

  /// How the listener gets datagrams.
  delivery datagrams = delivery::single;

  /// Whether datagrams of one sender and size may come in as one buffer
  /// (`option::receive_offload`): many times faster where it happens, nothing
  /// lost where it does not.
  bool receive_offload = true;

  /// Bytes of memory that received datagrams may hold until subscribers have let
  /// go of them, messages included. When they hold it all, the socket reads no
  /// further until half of it has come back, and the kernel drops what it has no
  /// room for (`kernel_drop_event`). Each subscriber that loses the excess may hold
  /// as much in addition.
  std::size_t receive_memory = std::size_t{8} << 20;

  /// How much may wait to be sent (`queue_full`).
  send_queue_limits send_limits;

  /// Nothing is received from these addresses. Null for none.
  std::shared_ptr<const block_list> receive_block_list;

  /// Whether the runtime's destructor waits for this socket.
  bool referenced = true;

  /// The kernel, or for tests one with faults; outlives the socket.
  const syscalls* kernel = &syscalls::system();
};

}  // namespace dgram
