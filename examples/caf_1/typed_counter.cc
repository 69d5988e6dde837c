// A typed, stateful actor that owns a socket. It counts the datagrams of each sender,
// answers each with its number, and answers other actors that ask for the counts. This is
// the program for CAF 1.x.
//
//   bazel run //examples:typed_counter
//
// Sends itself three datagrams and exits 0 only if it counted them.

#include <caf/actor_from_state.hpp>
#include <caf/actor_system.hpp>
#include <caf/caf_main.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>

#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/runtime.h"
#include "examples/report.h"

namespace {

/// The counter's interface: the events it wants from its socket, and a query. It need not
/// list answers to the commands that it sends.
struct counter_trait {
  using signatures =
      caf::type_list<caf::result<void>(dgram::message_event), caf::result<void>(dgram::error_event),
                     caf::result<void>(dgram::close_event),
                     caf::result<std::uint64_t>(caf::get_atom, dgram::endpoint)>;
};

using counter = caf::typed_actor<counter_trait>;

class counting {
 public:
  explicit counting(counter::pointer self) : self_(self) {}

  counter::behavior_type make_behavior() {
    return {
        [this](const dgram::message_event& event) {
          const auto number = ++counts_[event.sender];
          dgram::respond(self_, event, std::to_string(number));
        },
        [](const dgram::error_event& event) { examples::report(event.reason); },
        [this](const dgram::close_event&) { self_->quit(); },
        [this](caf::get_atom, const dgram::endpoint& sender) { return counts_[sender]; },
    };
  }

 private:
  counter::pointer self_;
  std::map<dgram::endpoint, std::uint64_t> counts_;
};

}  // namespace

int caf_main(caf::actor_system& system, const dgram::system_config&) {
  dgram::runtime net{system};
  caf::scoped_actor self{system};

  const auto counts = system.spawn(caf::actor_from_state<counting>);
  const auto server = net.open(dgram::family::udp4, counts, {"127.0.0.1", 0});
  if (!server) return examples::report(server.error());
  const auto at = dgram::ask(self, *server, dgram::get_local_address{});
  if (!at) return examples::report(at.error());

  dgram::open_options with;
  with.peer = *at;
  with.listener = self;
  const auto client = net.open(dgram::family::udp4, with);
  if (!client) return examples::report(client.error());
  const auto from = dgram::ask(self, *client, dgram::get_local_address{});
  if (!from) return examples::report(from.error());

  for (int i = 0; i < 3; ++i) {
    dgram::tell(self, *client, dgram::send{"hello"});
    self->receive([](const dgram::message_event& event) {
      std::printf("number %s\n", std::string(event.data.view()).c_str());
    });
  }
  std::uint64_t counted = 0;
  self->mail(caf::get_atom_v, *from)
      .request(counts, caf::infinite)
      .receive([&](std::uint64_t answer) { counted = answer; },
               [](const caf::error& why) { examples::report(why); });
  std::printf("counted %llu\n", static_cast<unsigned long long>(counted));
  net.shutdown();
  return counted == 3 ? 0 : 1;
}

CAF_MAIN(caf::id_block::caf_dgram)
