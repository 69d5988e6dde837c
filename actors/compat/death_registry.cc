#include "caf_dgram/actors/compat/death_registry.h"

#include <utility>

#include "caf/abstract_actor.hpp"
#include "caf/actor_cast.hpp"
#include "caf/actor_control_block.hpp"
#include "caf_dgram/actors/compat/end_hook.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/compat/type_ids.h"

namespace dgram {

void death_registry::watch(const caf::actor& who, const caf::actor_addr& watcher) {
  const auto at = who.address();
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto [entry, is_new] = watched_.try_emplace(at);
    entry->second.insert(watcher);
    if (!is_new) return;
  }
  // Not under the lock: an actor that has ended says so here.
  attach_end_hook(*caf::actor_cast<caf::abstract_actor*>(who), this,
                  [weak = weak_from_this(), at](const caf::error& reason) {
                    if (const auto self = weak.lock()) self->on_end(at, reason);
                  });
}

void death_registry::forget(const caf::actor_addr& who, const caf::actor_addr& watcher) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = watched_.find(who);
    if (found == watched_.end()) return;
    found->second.erase(watcher);
    if (!can_detach_end_hooks || !found->second.empty()) return;
    watched_.erase(found);
  }
  if (const auto strong = caf::actor_cast<caf::strong_actor_ptr>(who)) {
    detach_end_hook(*strong->get(), this);
  }
}

std::size_t death_registry::size() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return watched_.size();
}

void death_registry::on_end(const caf::actor_addr& who, const caf::error& reason) {
  watchers told;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = watched_.find(who);
    if (found == watched_.end()) return;
    told = std::move(found->second);
    watched_.erase(found);
  }
  for (const auto& each : told) {
    const auto watcher = caf::actor_cast<caf::strong_actor_ptr>(each);
    if (watcher) send_alone(nullptr, watcher, watched_ended{who, reason}, nullptr);
  }
}

}  // namespace dgram
