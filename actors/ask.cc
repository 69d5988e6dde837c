#include "caf_dgram/actors/ask.h"

#include "caf/actor_cast.hpp"
#include "caf_dgram/actors/compat/class_cast.h"
#include "caf_dgram/actors/compat/direct_sender.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/loop/loop_thread.h"
#include "caf_dgram/actors/message_types.h"

namespace dgram {

caf::error explain(caf::local_actor& self, const socket_actor& sock, caf::error why) {
  if (code_of(why) == errc::none && sock && sock.node() != self.node()) {
    if (auto missing = check_message_types(self.system())) return missing;
  }
  return why;
}

namespace internal {
namespace {

template <class Command>
bool perform(const socket_actor& sock, Command& command) {
  if (!is_loop_thread() || !sock) return false;
  auto* const near = class_cast<direct_sender>(caf::actor_cast<caf::abstract_actor*>(sock));
  return near != nullptr && near->perform_at_once(command);
}

}  // namespace

bool perform_at_once(const socket_actor& sock, send& command) { return perform(sock, command); }

bool perform_at_once(const socket_actor& sock, send_batch& command) {
  return perform(sock, command);
}

}  // namespace internal
}  // namespace dgram
