#include "caf_dgram/actors/resolve/shared_resolver.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "caf/actor_system.hpp"
#include "caf/stateful_actor.hpp"
#include "caf/typed_event_based_actor.hpp"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/own_actor.h"

namespace dgram {
namespace {

struct sharing_state {
  using question = std::pair<dgram::family, std::string>;

  resolver_actor backend;
  std::map<question, std::vector<caf::typed_response_promise<resolved>>> in_flight;
};

using sharing_pointer = resolver_actor::stateful_pointer<sharing_state>;

template <class Answer>
void answer_all(sharing_pointer self, const sharing_state::question& question,
                const Answer& answer) {
  auto asked = state_of(self).in_flight.extract(question);
  for (auto& promise : asked.mapped()) promise.deliver(answer);
}

resolver_actor::behavior_type shared_resolver(sharing_pointer self, resolver_actor backend,
                                              caf::timespan timeout) {
  state_of(self).backend = std::move(backend);
  return {[self, timeout](const resolve& asked) -> caf::result<resolved> {
    const sharing_state::question question(asked.family, asked.name);
    auto promise = self->make_response_promise<caf::typed_response_promise<resolved>>();
    auto& waiting = state_of(self).in_flight[question];
    waiting.push_back(promise);
    if (waiting.size() > 1) return promise;
    send_request(self, state_of(self).backend, timeout, asked)
        .then([self, question](const resolved& found) { answer_all(self, question, found); },
              [self, question](const caf::error& why) { answer_all(self, question, why); });
    return promise;
  }};
}

}  // namespace

resolver_actor spawn_shared_resolver(caf::actor_system& system, resolver_actor backend,
                                     caf::timespan timeout) {
  return system.spawn<caf::hidden>(shared_resolver, std::move(backend), timeout);
}

}  // namespace dgram
