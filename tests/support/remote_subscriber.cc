// A program that subscribes to a published socket, and when it closes prints what came:
//
//   remote_subscriber HOST PORT pause|lose_newest|lose_oldest BACKLOG
//   subscribed
//   received 123, lost 4

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "caf_dgram/actors/ask.h"
#include "tests/support/networked.h"

namespace dgram::testing {
namespace {

excess excess_of(const std::string& name) {
  for (const auto each : {excess::lose_newest, excess::lose_oldest}) {
    if (name == to_string(each)) return each;
  }
  return excess::pause;
}

int subscribe_to(const std::string& host, std::uint16_t port, excess beyond, std::int64_t backlog) {
  networked_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto sock = look_up(system, host, port);
  auto terms = subscribe{self, delivery::single, subscribe::unlimited, beyond, backlog};
  terms.events = event_kinds::all;
  if (const auto done = ask(self, sock, terms); !done) {
    std::printf("%s\n", describe(done.error()).c_str());
    return 1;
  }
  std::printf("subscribed\n");
  std::fflush(stdout);
  std::uint64_t received = 0;
  std::uint64_t lost = 0;
  bool is_open = true;
  self->receive_while(is_open)([&](const message_event&) { ++received; },
                               [&](const overrun_event& event) { lost = event.total; },
                               [&](const kernel_drop_event&) {},
                               [&](const close_event&) { is_open = false; });
  std::printf("received %llu, lost %llu\n", static_cast<unsigned long long>(received),
              static_cast<unsigned long long>(lost));
  return 0;
}

}  // namespace
}  // namespace dgram::testing

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  return dgram::testing::subscribe_to(argv[1], static_cast<std::uint16_t>(std::atoi(argv[2])),
                                      dgram::testing::excess_of(argv[3]), std::atoll(argv[4]));
}
