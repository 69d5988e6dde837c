// One publisher and several subscribers on a multicast group, each with its own socket
// actor. By default all of them run in this process, over loopback:
//
//   bazel run //examples:multicast_pubsub
//
// On several hosts, the subscribers first:
//
//   multicast_pubsub --role=subscribe --interface=eth0
//   multicast_pubsub --role=publish --interface=eth0 --ttl=4
//
// Prints each message with its sender, then a summary. Exits 0 only if all messages
// arrived, or as a publisher, if all were sent.

#include <caf/all.hpp>

#include <cstdio>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/runtime.h"
#include "examples/publisher.h"
#include "examples/report.h"
#include "examples/subscriber.h"

ABSL_FLAG(std::string, role, "demo", "publish, subscribe, or demo for both in one process");
ABSL_FLAG(std::string, group, "239.255.76.67", "multicast group, IPv4 or IPv6");
ABSL_FLAG(int, port, 7668, "port of the group");
ABSL_FLAG(std::string, interface, "", "interface by name or address; default: loopback");
ABSL_FLAG(int, count, 10, "messages to publish, or to wait for");
ABSL_FLAG(int, subscribers, 3, "subscribers in the demo");
ABSL_FLAG(absl::Duration, interval, absl::Milliseconds(100), "pause between messages");
ABSL_FLAG(int, ttl, 1, "hops that a message may travel, 0 to 255; 0 stays on this host");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(10),
          "how long a subscriber waits for the next message");

namespace {

struct settings {
  dgram::endpoint group;
  dgram::interface_selector interface;
};

/// Reads the flags of both roles.
caf::expected<settings> read_settings() {
  auto group = dgram::endpoint::ip(absl::GetFlag(FLAGS_group), absl::GetFlag(FLAGS_port));
  if (!group.ok()) return dgram::to_error(group.status());
  if (!group->is_multicast()) {
    return dgram::to_error(dgram::failure(dgram::errc::invalid_address, "group", group->host(),
                                          "not a multicast group"));
  }
  auto interface = absl::GetFlag(FLAGS_interface);
  if (interface.empty()) interface = dgram::endpoint::loopback(group->family(), 0).host();
  return settings{*group, interface};
}

/// Runs the role; returns the exit status.
int play(const dgram::runtime& net, caf::scoped_actor& self, const std::string& role,
         const settings& where) {
  const int count = absl::GetFlag(FLAGS_count);
  const examples::publication output{where.group, where.interface, absl::GetFlag(FLAGS_ttl), count,
                                     absl::ToChronoMilliseconds(absl::GetFlag(FLAGS_interval))};
  const bool publishing = role != "subscribe";
  examples::publisher publisher;
  if (publishing) {
    auto opened = examples::open_publisher(net, self, output);
    if (!opened) return examples::report(opened.error());
    publisher = *std::move(opened);
  }

  int listeners = 0;
  if (role == "demo") listeners = absl::GetFlag(FLAGS_subscribers);
  if (role == "subscribe") listeners = 1;
  std::vector<std::shared_future<examples::tally>> tallies;
  for (int i = 1; i <= listeners; ++i) {
    const examples::subscription what{absl::StrCat("subscriber ", i),
                                      where.group,
                                      where.interface,
                                      publisher.port,
                                      count,
                                      absl::ToChronoMilliseconds(absl::GetFlag(FLAGS_timeout))};
    auto started = examples::start_subscriber(net, self, what);
    if (!started) return examples::report(started.error());
    tallies.push_back(*std::move(started));
  }

  const int sent = publishing ? examples::publish(publisher, self, output) : count;
  int lost = count - sent;
  std::string summary = publishing ? absl::StrCat("sent ", sent) : absl::StrCat("expected ", count);
  for (const auto& each : tallies) {
    const auto result = each.get();
    absl::StrAppend(&summary, ", ", result.name, " received ", result.received);
    lost += sent - result.received;
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
  const auto where = read_settings();
  if (!where) return examples::report(where.error());

  dgram::system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};
  const int status = play(net, self, role, *where);
  net.shutdown();
  return status;
}
