/// Publishes a message on a bus and hears it: a program outside the tree that uses the component
/// with RE2.
#include <caf/all.hpp>
#include <chrono>
#include <cstdio>
#include <string>

#include "caf_dgram/actors/bus/ask.h"
#include "caf_dgram/actors/bus/bus.h"
#include "caf_dgram/actors/bus/events.h"
#include "caf_dgram/actors/bus/message_types.h"
#include "caf_dgram/actors/error.h"

int fail_with(const caf::error& why) {
  std::fprintf(stderr, "%s\n", dgram::describe(why).c_str());
  return 1;
}

int main() {
  dgram::bus_system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};

  dgram::bus_options options;
  options.receive_on = options.publish_on = "127.0.0.1";
  options.listener = self;
  const auto bus = dgram::open_bus(net, options);
  if (!bus) return fail_with(bus.error());
  const auto subscribed = dgram::ask(self, *bus, dgram::subscribe_channels{self, "GREETING.*"});
  if (!subscribed) return fail_with(subscribed.error());
  dgram::tell(self, *bus, dgram::publish{"GREETING", "hello"});
  int status = 1;
  self->receive(
      [&](const dgram::channel_message_event& event) {
        const std::string text(event.bytes());
        std::printf("%s on %s\n", text.c_str(), std::string(event.channel()).c_str());
        status = text == "hello" ? 0 : 1;
      },
      [](const dgram::error_event& event) { fail_with(event.reason); },
      caf::after(std::chrono::seconds(5)) >>
          [] { std::fprintf(stderr, "no message within 5 s\n"); });
  return status;
}
