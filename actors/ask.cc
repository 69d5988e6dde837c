#include "caf_dgram/actors/ask.h"

#include <cstddef>
#include <typeinfo>

#include "caf/actor_cast.hpp"
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

/// As a dynamic_cast, which is slow, and whose answer is the same for all objects of one class: a
/// socket's handle keeps it whole, and it is an abstract_actor once.
direct_sender* to_direct_sender(caf::abstract_actor* sock) {
  struct known_class {
    const std::type_info* type = nullptr;
    std::ptrdiff_t offset = 0;  ///< Of the direct_sender in it.
  };
  thread_local known_class last;
  auto* const begin = reinterpret_cast<char*>(sock);
  if (last.type == &typeid(*sock)) return reinterpret_cast<direct_sender*>(begin + last.offset);
  auto* const found = dynamic_cast<direct_sender*>(sock);
  if (found != nullptr) last = {&typeid(*sock), reinterpret_cast<char*>(found) - begin};
  return found;
}

template <class Command>
bool perform(const socket_actor& sock, Command& command) {
  if (!is_loop_thread() || !sock) return false;
  auto* const near = to_direct_sender(caf::actor_cast<caf::abstract_actor*>(sock));
  return near != nullptr && near->perform_at_once(command);
}

}  // namespace

bool perform_at_once(const socket_actor& sock, send& command) { return perform(sock, command); }

bool perform_at_once(const socket_actor& sock, send_batch& command) {
  return perform(sock, command);
}

}  // namespace internal
}  // namespace dgram
