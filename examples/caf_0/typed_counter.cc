// A typed, stateful actor that owns a socket. It counts the datagrams of each sender,
// answers each with its number, and answers other actors that ask for the counts. This is
// the program for CAF 0.17.
//
//   bazel run //examples:typed_counter
//
// Sends itself three datagrams and exits 0 only if it counted them.

#include <caf/all.hpp>

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
using counter =
    caf::typed_actor<caf::reacts_to<dgram::message_event>, caf::reacts_to<dgram::error_event>,
                     caf::reacts_to<dgram::close_event>,
                     caf::replies_to<caf::get_atom, dgram::endpoint>::with<std::uint64_t>>;

struct counter_state {
  std::map<dgram::endpoint, std::uint64_t> counts;
};

counter::behavior_type count(counter::stateful_pointer<counter_state> self) {
  return {
      [self](const dgram::message_event& event) {
        const auto number = ++self->state.counts[event.sender];
        dgram::respond(self, event, std::to_string(number));
      },
      [](const dgram::error_event& event) { examples::report(event.reason); },
      [self](const dgram::close_event&) { self->quit(); },
      [self](caf::get_atom, const dgram::endpoint& sender) { return self->state.counts[sender]; },
  };
}

}  // namespace

int main() {
  dgram::system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};

  const auto counting = system.spawn(count);
  const auto server = net.open(dgram::family::udp4, counting, {"127.0.0.1", 0});
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
  self->request(counting, caf::infinite, caf::get_atom::value, *from)
      .receive([&](std::uint64_t answer) { counted = answer; },
               [](const caf::error& why) { examples::report(why); });
  std::printf("counted %llu\n", static_cast<unsigned long long>(counted));
  net.shutdown();
  return counted == 3 ? 0 : 1;
}
