#include "caf_dgram/actors/resolver.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "caf/actor_system.hpp"
#include "caf/stateful_actor.hpp"
#include "caf/typed_event_based_actor.hpp"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/core/clamped.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/resolve/lookup_threads.h"

namespace dgram {
namespace {

/// Closes the threads when the actor ends.
struct lookup_state {
  std::shared_ptr<lookup_threads> threads;

  ~lookup_state() {
    if (threads) threads->close();
  }
};

using lookup_pointer = resolver_actor::stateful_pointer<lookup_state>;

resolver_actor::behavior_type lookup_pool(lookup_pointer self, const lookup_limits& limits) {
  auto pool = std::make_shared<lookup_threads>(clamped(limits.patience), limits.queued,
                                               std::max<std::size_t>(limits.threads, 1));
  state_of(self).threads = pool;
  return {[self, pool](const resolve& question) -> caf::result<resolved> {
    const auto asker = self->current_sender();
    const auto id = self->current_message_id();
    if (asker && id.is_request()) {
      // Answers from the look-up's thread, without involving `self`.
      pool->submit(question.family, question.name, [asker, id](lookup_threads::answer found) {
        auto answer = found.ok() ? caf::make_message(resolved{*std::move(found)})
                                 : caf::make_message(to_error(found.status()));
        send_shared(nullptr, asker, id.response_id(), std::move(answer), nullptr);
      });
    }
    return caf::delegated<resolved>{};
  }};
}

}  // namespace

resolver_actor spawn_resolver(caf::actor_system& system, const lookup_limits& limits) {
  return system.spawn<caf::hidden>(lookup_pool, limits);
}

}  // namespace dgram
