// Publish/subscribe on a multicast bus that speaks LCM: one publisher and several subscribers, each
// with a bus of its own. By default all of them run in this process, over loopback:
//
//   bazel run //examples:multicast_pubsub
//
// On several hosts, the subscribers first:
//
//   multicast_pubsub --role=subscribe --interface=eth0
//   multicast_pubsub --role=publish --interface=eth0 --ttl=4
//
// Prints each message with its sender, then a summary. Exits 0 only if all messages arrived, or as
// a publisher, if all were sent.

#include <caf/all.hpp>

#include <algorithm>
#include <cstdio>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "caf_dgram/actors/bus/ask.h"
#include "caf_dgram/actors/bus/bus.h"
#include "caf_dgram/actors/bus/events.h"
#include "caf_dgram/actors/bus/message_types.h"
#include "caf_dgram/actors/error.h"
#include "examples/report.h"

ABSL_FLAG(std::string, role, "demo", "publish, subscribe, or demo for both in one process");
ABSL_FLAG(std::string, group, "239.255.76.67", "multicast group, IPv4 or IPv6");
ABSL_FLAG(int, port, 7667, "port of the group");
ABSL_FLAG(std::string, channel, "EXAMPLE", "where to publish, or what to subscribe to");
ABSL_FLAG(std::string, interface, "", "interface by name or address; default: loopback");
ABSL_FLAG(int, count, 10, "messages to publish, or to wait for");
ABSL_FLAG(int, subscribers, 3, "subscribers in the demo");
ABSL_FLAG(absl::Duration, interval, absl::Milliseconds(100), "pause between messages");
ABSL_FLAG(int, ttl, 1, "hops that a message may travel, 0 to 255; 0 stays on this host");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(10),
          "how long a subscriber waits for the next message");

namespace {

/// How many messages of the most active sender a subscriber got.
using tally = std::promise<int>;

caf::expected<dgram::bus_options> read_options() {
  const auto group = dgram::endpoint::ip(absl::GetFlag(FLAGS_group), absl::GetFlag(FLAGS_port));
  if (!group.ok()) return dgram::to_error(group.status());
  auto interface = absl::GetFlag(FLAGS_interface);
  if (interface.empty()) interface = dgram::endpoint::loopback(group->family(), 0).host();
  dgram::bus_options options;
  options.group = *group;
  options.receive_on = options.publish_on = interface;
  options.ttl = absl::GetFlag(FLAGS_ttl);
  return options;
}

/// Prints and counts messages until there are enough, or none comes any more.
caf::behavior subscriber(caf::event_based_actor* self, const std::string& name,
                         const std::shared_ptr<tally>& result) {
  // By sender, since others may use the group at the same time.
  auto heard = std::make_shared<std::map<dgram::endpoint, int>>();
  auto most = std::make_shared<int>(0);
  const auto finish = [=] {
    result->set_value(*most);
    self->quit();
  };
  return {
      [=, count = absl::GetFlag(FLAGS_count)](const dgram::channel_message_event& event) {
        std::printf("[%s] %s from %s\n", name.c_str(), std::string(event.bytes()).c_str(),
                    event.sender.to_string().c_str());
        *most = std::max(*most, ++(*heard)[event.sender]);
        if (*most == count) finish();
      },
      [=](const dgram::message_loss_event& event) {
        std::printf("[%s] lost messages %u to %u of %s\n", name.c_str(), event.first, event.last,
                    event.sender.to_string().c_str());
      },
      [](const dgram::error_event& event) { examples::report(event.reason); },
      [=](const dgram::bus_close_event&) { finish(); },
      caf::after(absl::ToChronoMilliseconds(absl::GetFlag(FLAGS_timeout))) >> finish,
  };
}

caf::expected<std::shared_future<int>> subscribe(const dgram::runtime& net, caf::scoped_actor& self,
                                                 dgram::bus_options options,
                                                 const std::string& name) {
  auto result = std::make_shared<tally>();
  const auto actor = net.spawn(subscriber, name, result);
  if (!actor) return actor.error();
  options.owner = *actor;
  options.where = dgram::placement::beside(*actor);
  const auto bus = dgram::open_bus(net, options);
  if (!bus) return bus.error();
  dgram::subscribe_channels what{*actor, absl::GetFlag(FLAGS_channel)};
  what.events = dgram::event_kinds::all;
  const auto subscribed = dgram::ask(self, *bus, what);
  if (!subscribed) return subscribed.error();
  std::printf("[%s] joined %s on %s\n", name.c_str(), options.group.to_string().c_str(),
              options.receive_on.to_string().c_str());
  std::fflush(stdout);
  return result->get_future().share();
}

/// Publishes one message an interval. Stops at the first error and prints it. Returns how many were
/// sent.
int publish(const dgram::bus_actor& bus, caf::scoped_actor& self) {
  const int count = absl::GetFlag(FLAGS_count);
  int sent = 0;
  for (; sent < count; ++sent) {
    if (sent > 0)
      std::this_thread::sleep_for(absl::ToChronoMilliseconds(absl::GetFlag(FLAGS_interval)));
    const auto text = absl::StrCat("message ", sent + 1, " of ", count);
    const auto numbers = dgram::ask(self, bus, dgram::publish{absl::GetFlag(FLAGS_channel), text});
    if (!numbers) {
      examples::report(numbers.error());
      break;
    }
  }
  return sent;
}

/// Runs the role; returns the exit status.
int play(const dgram::runtime& net, caf::scoped_actor& self, const std::string& role,
         dgram::bus_options options) {
  const int listeners =
      role == "demo" ? absl::GetFlag(FLAGS_subscribers) : static_cast<int>(role == "subscribe");
  std::vector<std::shared_future<int>> tallies;
  for (int i = 1; i <= listeners; ++i) {
    auto started = subscribe(net, self, options, absl::StrCat("subscriber ", i));
    if (!started) return examples::report(started.error());
    tallies.push_back(*std::move(started));
  }
  int sent = absl::GetFlag(FLAGS_count);
  int lost = 0;
  auto summary = absl::StrCat("expected ", sent);
  if (role != "subscribe") {
    options.owner = self;
    const auto bus = dgram::open_bus(net, options);
    if (!bus) return examples::report(bus.error());
    sent = publish(*bus, self);
    lost = absl::GetFlag(FLAGS_count) - sent;
    summary = absl::StrCat("sent ", sent);
  }
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const int received = tallies[i].get();
    absl::StrAppend(&summary, ", subscriber ", i + 1, " received ", received);
    lost += sent - received;
  }
  if (listeners > 0) absl::StrAppend(&summary, ", lost ", lost);
  std::printf("%s\n", summary.c_str());
  return lost == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const auto role = absl::GetFlag(FLAGS_role);
  if (role != "demo" && role != "publish" && role != "subscribe") {
    std::fprintf(stderr, "--role must be publish, subscribe or demo\n");
    return 2;
  }
  const auto options = read_options();
  if (!options) return examples::report(options.error());

  dgram::bus_system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};
  const int status = play(net, self, role, *options);
  net.shutdown();
  return status;
}
