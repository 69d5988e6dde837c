// Typed topics between actors on loops: sensors publish readings, a monitor gets them as values.
//
//   bazel run //examples:topic_pubsub
//
// Prints each reading with its sender. Exits 0 only if the monitor got all of them. Programs with
// other versions of CAF may take part: a topic's bytes are the same.

#include <caf/all.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <future>
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/bus/ask.h"
#include "caf_dgram/actors/bus/bus.h"
#include "caf_dgram/actors/bus/message_types.h"
#include "caf_dgram/actors/bus/topic_reader.h"
#include "caf_dgram/actors/error.h"
#include "examples/reading.h"
#include "examples/report.h"

ABSL_FLAG(int, sensors, 3, "sensors");
ABSL_FLAG(int, count, 5, "readings of each");
ABSL_FLAG(absl::Duration, interval, absl::Milliseconds(50), "pause between a sensor's readings");
ABSL_FLAG(std::string, interface, "127.0.0.1", "interface by name or address");
ABSL_FLAG(std::uint16_t, port, 7667, "port of the group: programs with one of their own are alone");

namespace {

using examples::reading;

dgram::topic<reading> readings() { return dgram::topic<reading>("READINGS"); }

dgram::bus_options options_for(const dgram::any_actor& owner) {
  dgram::bus_options options;
  options.group = options.group.with_port(absl::GetFlag(FLAGS_port));
  options.receive_on = options.publish_on = absl::GetFlag(FLAGS_interface);
  options.owner = owner;
  return options;
}

/// Publishes a reading an interval, and ends after the last one.
caf::behavior sensor(caf::event_based_actor* self, const dgram::bus_actor& bus,
                     const std::string& name) {
  auto last = std::make_shared<reading>(reading{name, 0, 20});
  return {
      [](const dgram::error_event& event) { examples::report(event.reason); },
      caf::after(absl::ToChronoMilliseconds(absl::GetFlag(FLAGS_interval))) >>
          [=, topic = readings()] {
            last->celsius += std::sin(++last->number);
            dgram::tell(self, bus, topic.message(*last));
            if (last->number == static_cast<std::uint32_t>(absl::GetFlag(FLAGS_count))) {
              self->quit();
            }
          },
  };
}

/// Prints and counts readings until all have come, or none comes any more.
caf::behavior monitor(caf::event_based_actor* self, int wanted,
                      const std::shared_ptr<std::promise<int>>& result) {
  auto count = std::make_shared<int>(0);
  const auto finish = [=] {
    result->set_value(*count);
    self->quit();
  };
  dgram::topic_reader reader;
  reader.on(readings(), [=](const reading& value, const dgram::endpoint& sender) {
    std::printf("%s %u: %.2f degrees, from %s\n", value.sensor.c_str(), value.number, value.celsius,
                sender.to_string().c_str());
    if (++*count == wanted) finish();
  });
  // Of another program on this channel, say.
  reader.on_mismatch([](const dgram::topic_mismatch& what) {
    std::fprintf(stderr, "%s\n", to_string(what).c_str());
  });
  return {
      [reader](const dgram::channel_message_event& event) { reader.read(event); },
      [](const dgram::error_event& event) { examples::report(event.reason); },
      [=](const dgram::bus_close_event&) { finish(); },
      caf::after(std::chrono::seconds(10)) >> finish,
  };
}

/// Runs all of them to their end; returns the exit status.
int play(const dgram::runtime& net, caf::scoped_actor& self) {
  const int wanted = absl::GetFlag(FLAGS_sensors) * absl::GetFlag(FLAGS_count);
  auto result = std::make_shared<std::promise<int>>();
  const auto hears = net.spawn(monitor, wanted, result);
  if (!hears) return examples::report(hears.error());
  auto beside_it = options_for(*hears);
  // Then what it gets crosses no thread.
  beside_it.where = dgram::placement::beside(*hears);
  const auto heard = dgram::open_bus(net, beside_it);
  if (!heard) return examples::report(heard.error());
  const auto subscribed = dgram::ask(self, *heard, readings().subscription(*hears));
  if (!subscribed) return examples::report(subscribed.error());

  const auto spoken = dgram::open_bus(net, options_for(self));
  if (!spoken) return examples::report(spoken.error());
  for (int i = 1; i <= absl::GetFlag(FLAGS_sensors); ++i) {
    const auto started = net.spawn_at(dgram::placement::beside(*spoken), sensor, *spoken,
                                      absl::StrCat("sensor ", i));
    if (!started) return examples::report(started.error());
  }
  const int got = result->get_future().get();
  std::printf("%d readings of %d\n", got, wanted);
  return got == wanted ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  dgram::bus_system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};
  const int status = play(net, self);
  net.shutdown();
  return status;
}
