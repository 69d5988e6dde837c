#include "caf_dgram/actors/resolver.h"

#include <deque>
#include <utility>

#include "caf_dgram/actors/error.h"
#include "caf_dgram/dgram/posix/lookup.h"

namespace dgram {
namespace {

using answer_promise = caf::typed_response_promise<resolved>;

/// Blocks in getaddrinfo, hence on a thread of its own.
resolver_actor::behavior_type lookup_thread(resolver_actor::pointer) {
  return {[](const resolve& question) -> caf::result<resolved> {
    auto found = lookup(question.family, question.name);
    if (!found.ok()) return to_error(found.status());
    return resolved{*std::move(found)};
  }};
}

struct pool_state {
  std::vector<resolver_actor> idle;
  std::deque<std::pair<resolve, answer_promise>> waiting;
  std::size_t started = 0;
  std::size_t limit = 0;
};

using pool_pointer = resolver_actor::stateful_pointer<pool_state>;

void assign_work(pool_pointer self) {
  auto& state = self->state;
  while (!state.waiting.empty()) {
    if (state.idle.empty()) {
      if (state.started == state.limit) return;
      // Linked, so that the threads end with the pool.
      state.idle.push_back(self->spawn<caf::detached + caf::hidden + caf::linked>(lookup_thread));
      ++state.started;
    }
    auto thread = std::move(state.idle.back());
    state.idle.pop_back();
    auto [question, promise] = std::move(state.waiting.front());
    state.waiting.pop_front();
    const auto done = [self, thread] {
      self->state.idle.push_back(thread);
      assign_work(self);
    };
    self->request(thread, caf::infinite, std::move(question))
        .then(
            [promise = promise, done](resolved& found) mutable {
              promise.deliver(std::move(found));
              done();
            },
            [promise = promise, done](caf::error& why) mutable {
              promise.deliver(std::move(why));
              done();
            });
  }
}

resolver_actor::behavior_type lookup_pool(pool_pointer self, std::size_t threads) {
  self->state.limit = threads;
  return {[self](resolve& question) -> caf::result<resolved> {
    auto promise = self->make_response_promise<answer_promise>();
    self->state.waiting.emplace_back(std::move(question), promise);
    assign_work(self);
    return promise;
  }};
}

}  // namespace

resolver_actor spawn_resolver(caf::actor_system& system, std::size_t threads) {
  return system.spawn<caf::hidden>(lookup_pool, threads);
}

}  // namespace dgram
