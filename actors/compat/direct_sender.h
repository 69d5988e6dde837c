/// Has a socket on the calling thread's loop send without a message to it.
#pragma once

#include "caf_dgram/actors/compat/resident.h"

namespace dgram {

struct send;
struct send_batch;

/// A socket. On the loop's thread.
class direct_sender : public resident {
 public:
  /// Performs an asynchronous command now, unless this is another loop's thread, or something
  /// comes before it: then it returns false, and the command has to be sent.
  virtual bool perform_at_once(send& command) = 0;
  virtual bool perform_at_once(send_batch& command) = 0;
};

}  // namespace dgram
