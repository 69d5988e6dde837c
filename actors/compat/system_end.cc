#include "caf_dgram/actors/compat/system_end.h"

#include <utility>

#include "caf_dgram/actors/compat/caf_version.h"
#ifndef CAF_DGRAM_AFTER_CAF_1_1
#include "caf/abstract_actor.hpp"
#include "caf/error.hpp"
#include "caf_dgram/actors/compat/end_hook.h"
#endif

namespace dgram {
#ifdef CAF_DGRAM_AFTER_CAF_1_1
// CAF's main branch has nothing that ends between the last actor and the scheduler: there,
// runtimes have to end before their system (docs/dependencies.md).
system_end_watch::system_end_watch(caf::actor_system&, std::function<void()>) {}

system_end_watch::~system_end_watch() = default;

void system_end_watch::stop() {}
#else
// CAF stops its spawn server once all actors that the system waits for have ended.
system_end_watch::system_end_watch(caf::actor_system& system, std::function<void()> callback)
    : watched_(system.spawn_serv()) {
  attach_end_hook(*watched_->get(), this,
                  [callback = std::move(callback)](const caf::error&) { callback(); });
}

system_end_watch::~system_end_watch() { stop(); }

void system_end_watch::stop() {
  if (!watched_) return;
  detach_end_hook(*watched_->get(), this);
  watched_ = nullptr;
}
#endif

}  // namespace dgram
