#include "actors/subscribers.h"

#include <algorithm>

namespace dgram {

void subscribers::add(const caf::actor& who) {
  if (std::find(members_.begin(), members_.end(), who) != members_.end()) return;
  members_.push_back(who);
  self_.monitor(who);
}

void subscribers::remove(const caf::actor& who) {
  const auto found = std::find(members_.begin(), members_.end(), who);
  if (found == members_.end()) return;
  self_.demonitor(who);
  members_.erase(found);
}

void subscribers::remove_dead(const caf::actor_addr& who) {
  members_.erase(std::remove_if(members_.begin(), members_.end(),
                                [&](const caf::actor& member) { return member.address() == who; }),
                 members_.end());
}

void subscribers::remove_all() {
  for (const auto& who : members_) self_.demonitor(who);
  members_.clear();
}

}  // namespace dgram
