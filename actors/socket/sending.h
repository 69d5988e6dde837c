/// What becomes of a send: its checks, its destination's address, and the outbox.
#pragma once

#include <cstdint>

#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/socket/addressing.h"
#include "caf_dgram/actors/socket/name_waits.h"
#include "caf_dgram/actors/socket/outbox.h"
#include "caf_dgram/actors/socket/part_owner.h"
#include "caf_dgram/actors/socket/reply.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {

/// Used on the socket's loop.
class sending {
 public:
  sending(part_owner& owner, const socket& sock, addressing& addresses, outbox& out,
          name_waits& names)
      : owner_(owner), socket_(sock), addresses_(addresses), outbox_(out), names_(names) {}

  /// Queues the datagram, once its destination's name is found.
  void perform(dgram::send& command, reply<std::uint64_t> owed);
  void perform(send_batch& command, reply<batch_result> owed);

  /// Whether an asynchronous send is valid and needs no look-up: `perform_plain` will do.
  bool is_plain(const dgram::send& command) const;

  /// Queues the datagram of a send that `is_plain`.
  void perform_plain(dgram::send& command);

 private:
  part_owner& owner_;
  const socket& socket_;
  addressing& addresses_;
  outbox& outbox_;
  name_waits& names_;
};

}  // namespace dgram
