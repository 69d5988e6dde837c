#include "caf_dgram/actors/ask.h"

#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/message_types.h"

namespace dgram {

caf::error explain(caf::local_actor& self, const socket_actor& sock, caf::error why) {
  if (code_of(why) == errc::none && sock && sock.node() != self.node()) {
    if (auto missing = check_message_types(self.system())) return missing;
  }
  return why;
}

}  // namespace dgram
