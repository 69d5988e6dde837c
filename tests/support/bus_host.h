/// A host of the lab with buses, and with programs that use LCM's own library.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "caf_dgram/actors/bus/ask.h"
#include "caf_dgram/actors/bus/bus.h"
#include "caf_dgram/actors/bus/events.h"
#include "caf_dgram/actors/bus/message_types.h"
#include "tests/support/comes_true.h"
#include "tests/support/lab_node.h"
#include "tests/support/sample.h"

namespace dgram::testing {

/// LCM's own group, beyond the host.
inline std::string lab_url() { return "udpm://239.255.76.67:7667?ttl=1"; }

/// A group over IPv6, of one link.
inline endpoint ipv6_group() { return *endpoint::ip("ff02::4c43:4d", 7667); }

/// On the bridge, which is also its way to multicast groups, as LCM wants one.
class bus_host {
 public:
  bus_host(lab& net, lab_bridge& bridge, caf::actor_system& system)
      : node_(net.host(), system), interface_(node_.host().attach(bridge)) {
    node_.host().command({"ip", "route", "add", "224.0.0.0/4", "dev", interface_.name});
  }

  bus_actor open(bus_options options = *bus_options::of_url(lab_url())) {
    caf::expected<bus_actor> bus{caf::error{}};
    options.listener = node_->self;
    options.events = event_kinds::all;
    node_.host().run([&] { bus = open_bus(node_->net, options); });
    if (!bus) throw std::runtime_error(describe(bus.error()));
    return *bus;
  }

  void subscribe_to(const bus_actor& bus, const std::string& pattern) {
    subscribe_channels what{node_->self, pattern};
    what.events = event_kinds::all;
    EXPECT_TRUE(ask(node_->self, bus, what, patience));
  }

  void publish_on(const bus_actor& bus, const std::string& channel, payload data) {
    const auto sent = ask(node_->self, bus, publish{channel, std::move(data)}, patience);
    EXPECT_TRUE(sent) << describe(sent.error());
  }

  bus_statistics counted(const bus_actor& bus) {
    return *ask(node_->self, bus, get_bus_statistics{}, patience);
  }

  /// Whether each of so many messages comes, or is known to be lost.
  bool await_outcomes(const bus_actor& bus, std::uint64_t count) {
    return comes_true([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      const auto now = counted(bus);
      return now.received + now.lost == count;
    });
  }

  /// The next message as "CHANNEL SIZE intact", as lcm_peer prints it.
  std::string next_line() {
    std::string line;
    node_->self->receive(
        [&](const channel_message_event& event) {
          const std::string bytes(event.bytes());
          line = std::string(event.channel()) + " " + std::to_string(bytes.size()) +
                 (is_sample(bytes) ? " intact" : " damaged");
        },
        caf::after(patience) >> [] { ADD_FAILURE() << "no message came"; });
    return line;
  }

  process start_peer(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {support_program("lcm_peer"), lab_url()});
    return node_.host().start(std::move(arguments));
  }

  /// Has the network in front of the host lose one frame, or one run of them, of so many.
  void lose_one_in(int frames) {
    host().command({"nft", "add", "table", "netdev", "lab"});
    host().command({"nft", "add chain netdev lab in { type filter hook ingress device \"" +
                               interface_.name + "\" priority 0; }"});
    const auto ipv6 = "ip6 daddr " + ipv6_group().host();
    for (const auto& group : {std::string("ip daddr 239.255.76.67"), ipv6}) {
      host().command({"nft", "add rule netdev lab in " + group + " numgen random mod " +
                                 std::to_string(frames) + " 0 drop"});
    }
  }

  void lose_nothing() { host().command({"nft", "flush", "chain", "netdev", "lab", "in"}); }

  /// Has what is sent leave frame by frame, so that the network loses frames and no runs of them.
  void send_single_frames() {
    host().command({"ip", "link", "set", interface_.name, "gso_max_segs", "1"});
  }

  lab_host& host() { return node_.host(); }
  const lab_interface& interface() const { return interface_; }
  caf::scoped_actor& self() { return node_->self; }

 private:
  lab_node node_;
  lab_interface interface_;
};

/// Two hosts on one bridge.
class TwoBusHosts : public ::testing::Test {
 protected:
  bus_system_config config;
  caf::actor_system system{config};
  lab net;
  lab_bridge& bridge = net.bridge();
  bus_host here{net, bridge, system};
  bus_host there{net, bridge, system};
};

}  // namespace dgram::testing
