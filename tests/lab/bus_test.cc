// Buses on several hosts: with each other, with LCM's own library and tools, and over a network
// that loses frames.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "caf_dgram/actors/bus/ask.h"
#include "caf_dgram/actors/bus/bus.h"
#include "caf_dgram/actors/bus/events.h"
#include "tests/support/bus_host.h"
#include "tests/support/comes_true.h"
#include "tests/support/temp_dir.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

/// From nothing to what takes thousands of fragments.
constexpr std::size_t sizes[] = {0, 100, 1'449, 1'450, 65'000, 70'000, 1'200'000, 4U << 20U};

using LcmInterop = TwoBusHosts;

TEST_F(LcmInterop, HearsLcmPublish) {
  const auto bus = here.open();
  here.subscribe_to(bus, "FROM_LCM");
  for (const auto size : sizes) {
    auto peer = there.start_peer({"publish", "FROM_LCM", std::to_string(size), "1"});
    EXPECT_EQ(here.next_line(), "FROM_LCM " + std::to_string(size) + " intact");
    EXPECT_EQ(peer.await_exit(), 0) << peer.output();
  }
}

/// Bursts that the kernel keeps for a socket of LCM's library, 212,992 bytes by default with what
/// each datagram takes beside its payload, at a rate that its thread follows.
bus_options slow_enough_for_lcm() {
  auto result = *bus_options::of_url(lab_url());
  result.send_rate = send_rate{30'000'000, 50'000};
  return result;
}

TEST_F(LcmInterop, IsHeardByLcm) {
  const auto bus = here.open(slow_enough_for_lcm());
  auto peer = there.start_peer({"subscribe", "TO_LCM", "1000"});
  ASSERT_TRUE(peer.await_output("ready")) << peer.output();
  for (const auto size : sizes) {
    // On a loaded machine it may come too late to what its kernel buffer holds.
    EXPECT_TRUE(comes_true([&] {
      here.publish_on(bus, "TO_LCM", sample(size, 7));
      return peer.await_output("TO_LCM " + std::to_string(size) + " intact",
                               std::chrono::seconds(1));
    })) << size;
  }
}

TEST_F(LcmInterop, SharesAGroupOfThreeHosts) {
  bus_host third{net, bridge, system};
  const auto bus = here.open();
  const auto other = third.open();
  here.subscribe_to(bus, "A|B");
  third.subscribe_to(other, "A|C");
  auto peer = there.start_peer({"subscribe", "B|C", "2"});
  ASSERT_TRUE(peer.await_output("ready")) << peer.output();
  auto speaker = there.start_peer({"publish", "A", "70000", "1"});
  EXPECT_EQ(here.next_line(), "A 70000 intact");
  EXPECT_EQ(third.next_line(), "A 70000 intact");
  third.publish_on(other, "B", sample(70'000, 1));
  EXPECT_EQ(here.next_line(), "B 70000 intact");
  here.publish_on(bus, "C", sample(70'000, 1));
  EXPECT_EQ(third.next_line(), "C 70000 intact");
  EXPECT_EQ(peer.await_exit(), 0) << peer.output();
  EXPECT_THAT(peer.output(), HasSubstr("B 70000 intact"));
  EXPECT_THAT(peer.output(), HasSubstr("C 70000 intact"));
}

TEST_F(LcmInterop, IsRecordedAndPlayedByLcmsTools) {
  const temp_dir dir;
  const auto log = dir.file("log");
  const auto bus = here.open();
  auto logger = there.host().start({"lcm-logger", "--lcm-url=" + lab_url(), "--quiet", log});
  const auto recorded = [&] {
    // Until the logger has joined, nobody hears what is published.
    here.publish_on(bus, "RECORDED", sample(5'000, 1));
    std::ifstream file(log, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    return text.find("RECORDED") != std::string::npos;
  };
  ASSERT_TRUE(comes_true([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return recorded();
  })) << logger.output();
  logger.signal(SIGINT);
  EXPECT_EQ(logger.await_exit(), 0) << logger.output();
  here.subscribe_to(bus, "RECORDED");
  auto player = there.host().start({"lcm-logplayer", "--lcm-url=" + lab_url(), "--speed=100", log});
  EXPECT_EQ(here.next_line(), "RECORDED 5000 intact");
  EXPECT_EQ(player.await_exit(), 0) << player.output();
}

using BusAcrossHosts = TwoBusHosts;

class BusOverEither : public TwoBusHosts, public ::testing::WithParamInterface<family> {
 protected:
  bus_options options(const bus_host& of) const {
    auto result = *bus_options::of_url(lab_url());
    if (GetParam() == family::udp6) {
      result.group = ipv6_group();
      result.receive_on = result.publish_on = of.interface().name;
    }
    return result;
  }
};

INSTANTIATE_TEST_SUITE_P(Families, BusOverEither, ::testing::Values(family::udp4, family::udp6),
                         [](const auto& of) { return std::string(to_string(of.param)); });

TEST_P(BusOverEither, CutsToFrames) {
  auto with = options(here);
  with.first_heartbeat = std::chrono::milliseconds(0);
  const auto speaker = here.open(with);
  const auto hearer = there.open(options(there));
  there.subscribe_to(hearer, "A");
  here.publish_on(speaker, "A", sample(0, 0));
  EXPECT_EQ(there.next_line(), "A 0 intact");
  // 1,472 bytes of each frame over IPv4, 1,452 over IPv6; 20 of them for headers.
  const std::size_t room = GetParam() == family::udp4 ? 1'452 : 1'432;
  here.publish_on(speaker, "A", sample(100 * room - 2, 1));
  EXPECT_EQ(there.next_line(), "A " + std::to_string(100 * room - 2) + " intact");
  EXPECT_EQ(here.counted(speaker).sending.sent, 101U);
  EXPECT_EQ(there.counted(hearer).senders.at(0).sender.family(), GetParam());
}

TEST_P(BusOverEither, DeliversItsOwnMessagesLocallyOnce) {
  auto with = options(here);
  with.local_delivery = true;
  const auto bus = here.open(with);
  here.subscribe_to(bus, "A|END");
  here.publish_on(bus, "A", sample(10, 0));
  here.publish_on(bus, "A", sample(70'000, 1));
  EXPECT_EQ(here.next_line(), "A 10 intact");
  EXPECT_EQ(here.next_line(), "A 70000 intact");
  // It comes behind what comes back.
  there.publish_on(there.open(options(there)), "END", "");
  EXPECT_EQ(here.next_line(), "END 0 intact");
  EXPECT_EQ(here.counted(bus).delivered_locally, 2U);
  EXPECT_EQ(here.counted(bus).received, 1U);
}

TEST_P(BusOverEither, AccountsForEachMessageThatTheNetworkLoses) {
  there.lose_one_in(20);
  const auto speaker = here.open(options(here));
  const auto hearer = there.open(options(there));
  there.subscribe_to(hearer, "CAMERA");
  constexpr std::uint64_t count = 300;
  for (unsigned i = 0; i < count; ++i) {
    here.publish_on(speaker, "CAMERA", sample(i % 10 == 0 ? 150'000 : 500, i));
  }
  // Heartbeats are lost, too, but not for ever.
  ASSERT_TRUE(there.await_outcomes(hearer, count));
  const auto counted = there.counted(hearer);
  EXPECT_GT(counted.received, 0U);
  EXPECT_GT(counted.lost, 0U);
  ASSERT_EQ(counted.senders.size(), 1U);
  const auto& sender = counted.senders[0];
  EXPECT_EQ(sender.delivered, counted.received);
  EXPECT_EQ(sender.lost_in_network + sender.lost_fragments, counted.lost);
  EXPECT_EQ(counted.subscriptions.at(0).counted.delivered, counted.received);
  // Each of them is told once.
  std::uint64_t told = 0;
  std::uint64_t came = 0;
  there.self()->receive_while([&] { return told < counted.lost || came < counted.received; })(
      [&](const message_loss_event& event) { told += event.last - event.first + 1; },
      [&](const channel_message_event& event) {
        ++came;
        EXPECT_TRUE(is_sample(std::string(event.bytes())));
      },
      caf::after(patience) >>
          [&] {
            ADD_FAILURE() << told << " told, " << came << " came";
            told = counted.lost;
            came = counted.received;
          });
  EXPECT_EQ(told, counted.lost);
  EXPECT_EQ(came, counted.received);
}

TEST_F(BusAcrossHosts, CutsToTheFramesOfTheInterfaceThatItPublishesOn) {
  for (auto* each : {&here, &there}) {
    each->host().command({"ip", "link", "set", each->interface().name, "mtu", "1280"});
  }
  auto with = *bus_options::of_url(lab_url());
  with.first_heartbeat = std::chrono::milliseconds(0);
  const auto speaker = here.open(with);
  const auto hearer = there.open(with);
  there.subscribe_to(hearer, "A");
  here.publish_on(speaker, "A", sample(10'000, 0));
  EXPECT_EQ(there.next_line(), "A 10000 intact");
  // 1,252 bytes of each frame, 20 of them for headers.
  EXPECT_EQ(here.counted(speaker).sending.sent, 9U);
}

TEST_F(BusAcrossHosts, NeedsNoInterfaceToReceiveOnIfItOnlyPublishes) {
  bus_options with;
  with.group = ipv6_group();
  with.publish_on = here.interface().name;
  with.receive_on = "nosuch0";
  with.publish_only = true;
  here.publish_on(here.open(with), "A", "x");
}

TEST_F(BusAcrossHosts, TellsTheLossOfTheLastMessages) {
  const auto speaker = here.open();
  const auto hearer = there.open();
  there.subscribe_to(hearer, "A");
  here.publish_on(speaker, "A", sample(10, 0));
  EXPECT_EQ(there.next_line(), "A 10 intact");
  there.lose_one_in(1);
  for (unsigned i = 1; i <= 3; ++i) here.publish_on(speaker, "A", sample(10, i));
  there.lose_nothing();
  there.self()->receive(
      [&](const message_loss_event& event) {
        EXPECT_EQ(event.first, 1U);
        EXPECT_EQ(event.last, 3U);
        EXPECT_EQ(event.place, lcm::loss_place::network);
      },
      caf::after(patience) >> [] { ADD_FAILURE() << "the loss was not told"; });
}

TEST(LonelyHost, HasABusWithNothingButLoopback) {
  bus_system_config config;
  caf::actor_system system{config};
  lab net;
  lab_node alone(net.host(), system);
  caf::expected<bus_actor> bus{caf::error{}};
  alone.host().run([&] { bus = open_bus(alone->net, {}); });
  ASSERT_TRUE(bus) << describe(bus.error());
  ASSERT_TRUE(ask(alone->self, *bus, subscribe_channels{alone->self, "A"}, patience));
  ASSERT_TRUE(ask(alone->self, *bus, publish{"A", "x"}, patience));
  alone->self->receive([&](const channel_message_event& event) { EXPECT_EQ(event.bytes(), "x"); },
                       caf::after(patience) >> [] { ADD_FAILURE() << "no message came"; });
}

}  // namespace
}  // namespace dgram::testing
