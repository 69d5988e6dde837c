#include <string>

#include "tests/support/lab_node.h"

namespace dgram::testing {
namespace {

class OffloadAcrossHosts : public ::testing::TestWithParam<family> {
 protected:
  OffloadAcrossHosts() {
    const auto out = sender.host().attach(link);
    const auto in = receiver.host().attach(link);
    interface = out.name;
    const auto sock = receiver.open(GetParam());
    EXPECT_FALSE(receiver->tell(sock, subscribe{receiver->self, delivery::batched}));
    const auto port = receiver->ask<endpoint>(sock, bind{0})->port();
    const auto address = in.ipv6.substr(0, in.ipv6.find('%'));
    // A link-local address is in the scope of the sender's own interface.
    sender.host().run([&] {
      to = GetParam() == family::udp4 ? *endpoint::ip(in.ipv4, port)
                                      : *endpoint::ip(address + "%" + out.name, port);
    });
  }

  /// Sends a run and waits for all of it; what the socket has done since it was opened.
  statistics send_run(std::size_t segment_size, std::size_t count) {
    std::string bytes(segment_size * count, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251);
    batch run;
    run.add_segments(payload(bytes), segment_size, to);
    const auto result = sender->ask<batch_result>(sock, send_batch{run});
    EXPECT_TRUE(result) << describe(result.error());
    EXPECT_EQ(result->sent, count);
    EXPECT_EQ(result->refused, 0U) << describe(result->reason);
    std::string heard;
    while (heard.size() < bytes.size()) {
      const auto event = receiver->await<batch_event>();
      if (event.datagrams.empty()) break;
      for (const datagram& each : event.datagrams) {
        EXPECT_EQ(each.bytes.size(), segment_size);
        heard += each.bytes;
      }
    }
    EXPECT_EQ(heard, bytes);
    return *sender->ask<statistics>(sock, get_statistics{});
  }

  system_config config;
  caf::actor_system system{config};
  lab net;
  lab_bridge& link = net.bridge();
  lab_node sender{net.host(), system};
  lab_node receiver{net.host(), system};
  const socket_actor sock = sender.open(GetParam());
  std::string interface;
  endpoint to;
};

INSTANTIATE_TEST_SUITE_P(Families, OffloadAcrossHosts,
                         ::testing::Values(family::udp4, family::udp6),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(OffloadAcrossHosts, CarriesSegmentsThatFitTheMtu) {
  const auto counted = send_run(1200, 20);
  EXPECT_EQ(counted.sent_offloaded, 20U);
  EXPECT_EQ(counted.offload_refusals, 0U);
}

TEST_P(OffloadAcrossHosts, SendsSegmentsAboveThePathsMtuOneByOneInOrder) {
  // Above the 1500 bytes of the link each datagram is fragmented, which a message
  // of several segments cannot be.
  auto counted = send_run(2000, 20);
  EXPECT_EQ(counted.sent, 20U);
  EXPECT_EQ(counted.sent_offloaded, 0U);
  EXPECT_EQ(counted.offload_refusals, 1U);
  // It is known now, and smaller ones are not affected.
  counted = send_run(2000, 20);
  EXPECT_EQ(counted.offload_refusals, 1U);
  counted = send_run(1200, 20);
  EXPECT_EQ(counted.sent_offloaded, 20U);
}

TEST_P(OffloadAcrossHosts, FollowsAnMtuThatShrinks) {
  EXPECT_EQ(send_run(1300, 20).sent_offloaded, 20U);
  sender.host().command({"ip", "link", "set", interface, "mtu", "1280"});
  const auto counted = send_run(1300, 20);
  EXPECT_EQ(counted.sent, 40U);
  EXPECT_EQ(counted.sent_offloaded, 20U);
  EXPECT_EQ(counted.offload_refusals, 1U);
}

}  // namespace
}  // namespace dgram::testing
