#include "caf_dgram/actors/compat/death_registry.h"

#include <memory>
#include <utility>

#include "caf/abstract_actor.hpp"
#include "caf/actor_cast.hpp"
#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/compat/runner.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/compat/type_ids.h"
#ifndef CAF_DGRAM_AFTER_CAF_1_1
#include "caf/attachable.hpp"
#endif

namespace dgram {
#ifdef CAF_DGRAM_AFTER_CAF_1_1
namespace {

// What is attached stays until the watched actor ends, and with it the entry.
constexpr bool can_detach = false;

void detach_from(const caf::actor_addr&, const death_registry*) {}

}  // namespace
#else
namespace {

/// No token of CAF's own has this type.
constexpr std::size_t token_type = 0x64647468;

constexpr bool can_detach = true;

void detach_from(const caf::actor_addr& who, const death_registry* registry) {
  if (const auto strong = caf::actor_cast<caf::strong_actor_ptr>(who)) {
    strong->get()->detach(caf::attachable::token(token_type, registry));
  }
}

}  // namespace

class death_registry::death_hook final : public caf::attachable {
 public:
  death_hook(const std::shared_ptr<death_registry>& registry, caf::actor_addr at)
      : registry_(registry), key_(registry.get()), at_(std::move(at)) {}

  void actor_exited(const caf::error& reason, actor_runner*) override {
    if (const auto registry = registry_.lock()) registry->on_end(at_, reason);
  }

  bool matches(const token& what) override {
    return what.subtype == token_type && what.ptr == key_;
  }

 private:
  const std::weak_ptr<death_registry> registry_;
  const death_registry* const key_;
  const caf::actor_addr at_;
};
#endif

void death_registry::watch(const caf::actor& who, const caf::actor_addr& watcher) {
  const auto at = who.address();
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto [entry, is_new] = watched_.try_emplace(at);
    entry->second.insert(watcher);
    if (!is_new) return;
  }
  // Not under the lock: an actor that has ended says so here.
  auto* watched = caf::actor_cast<caf::abstract_actor*>(who);
#ifdef CAF_DGRAM_AFTER_CAF_1_1
  watched->attach_functor([weak = weak_from_this(), at](const caf::error& reason) {
    if (const auto self = weak.lock()) self->on_end(at, reason);
  });
#else
  watched->attach(std::make_unique<death_hook>(shared_from_this(), at));
#endif
}

void death_registry::forget(const caf::actor_addr& who, const caf::actor_addr& watcher) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = watched_.find(who);
    if (found == watched_.end()) return;
    found->second.erase(watcher);
    if (!can_detach || !found->second.empty()) return;
    watched_.erase(found);
  }
  detach_from(who, this);
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
