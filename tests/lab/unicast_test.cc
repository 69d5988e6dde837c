#include <cerrno>
#include <memory>
#include <string>

#include "tests/support/lab_node.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

class AcrossHosts : public ::testing::Test {
 protected:
  system_config config;
  caf::actor_system system{config};
  lab net;
  lab_bridge& bridge = net.bridge();
  lab_node a{net.host(), system};
  lab_node b{net.host(), system};
  const lab_interface eth_a = a.host().attach(bridge);
  const lab_interface eth_b = b.host().attach(bridge);
};

TEST_F(AcrossHosts, UnicastGoesBothWays) {
  const auto server = b.open(family::udp4, b->self);
  ASSERT_TRUE(b->ask<endpoint>(server, bind{{eth_b.ipv4, 9'000}}));
  b->await<listening_event>();
  const auto client = a.open(family::udp4, a->self);
  ASSERT_TRUE(a->ask<std::uint64_t>(client, dgram::send{"ping", eth_b.ipv4, 9'000}));
  a->await<listening_event>();
  const auto ping = b->await<message_event>();
  EXPECT_EQ(ping.sender.host(), eth_a.ipv4);
  ASSERT_TRUE(b->ask<std::uint64_t>(server, dgram::send{"pong", ping.sender}));
  EXPECT_EQ(a->next_line(), "message pong");
}

TEST_F(AcrossHosts, BroadcastIsRefusedWithoutTheOptionAndHeardWithIt) {
  const auto server = b.open(family::udp4, b->self);
  ASSERT_TRUE(b->ask<endpoint>(server, bind{9'000}));
  b->await<listening_event>();
  const auto client = a.open(family::udp4);
  for (const auto& to : {eth_a.broadcast, std::string("255.255.255.255")}) {
    if (to == "255.255.255.255") a.host().command({"ip", "route", "add", "default", "dev", "eth0"});
    ASSERT_FALSE(a->tell(client, set_broadcast{false}));
    const auto refused = a->error_of<std::uint64_t>(client, dgram::send{"x", to, 9'000});
    EXPECT_EQ(errno_of(refused), EACCES) << describe(refused);
    EXPECT_THAT(describe(refused), HasSubstr(to));
    ASSERT_FALSE(a->tell(client, set_broadcast{true}));
    ASSERT_TRUE(a->ask<std::uint64_t>(client, dgram::send{"to " + to, to, 9'000}));
    EXPECT_EQ(b->next_line(), "message to " + to);
  }
}

TEST_F(AcrossHosts, Ipv6LinkLocalAddressesWorkWithTheirScope) {
  const auto server = b.open(family::udp6, b->self);
  endpoint local;
  // Names of interfaces mean something only inside their host.
  b.host().run([&] { local = *endpoint::ip(eth_b.ipv6, 9'000); });
  const auto bound = b->ask<endpoint>(server, bind{local});
  ASSERT_TRUE(bound) << describe(bound.error());
  b->await<listening_event>();
  const auto client = a.open(family::udp6, a->self);
  const auto without_scope = local.with_scope_id(0);
  endpoint to;
  a.host().run([&] { to = *endpoint::ip(without_scope.host() + "%" + eth_a.name, 9'000); });
  ASSERT_TRUE(a->ask<std::uint64_t>(client, dgram::send{"ping", to}));
  const auto ping = b->await<message_event>();
  EXPECT_EQ(ping.data, payload("ping"));
  // What came in is an address to answer to, scope included.
  EXPECT_EQ(ping.sender.scope_id(), local.scope_id());
  ASSERT_TRUE(b->ask<std::uint64_t>(server, dgram::send{"pong", ping.sender}));
  EXPECT_EQ(a->await<message_event>().data, payload("pong"));
  // The text with its scope is looked up inside the socket's host, too.
  ASSERT_TRUE(a->ask<std::uint64_t>(
      client, dgram::send{"text", without_scope.host() + "%" + eth_a.name, 9'000}));
  EXPECT_EQ(b->await<message_event>().data, payload("text"));
}

TEST_F(AcrossHosts, AnAnswerLeavesFromTheIpv6AddressThatWasAsked) {
  for (const char* each : {"fd77::1/64", "fd77::2/64"}) {
    b.host().command({"ip", "address", "add", each, "dev", eth_b.name, "nodad"});
  }
  a.host().command({"ip", "address", "add", "fd77::9/64", "dev", eth_a.name, "nodad"});
  const auto server = b.open(family::udp6, b->self);
  ASSERT_TRUE(b->ask<endpoint>(server, bind{9'000}));
  b->await<listening_event>();
  for (const char* each : {"fd77::1", "fd77::2"}) {
    const auto client = a.open(family::udp6, a->self);
    ASSERT_TRUE(a->ask<endpoint>(client, connect{{each, 9'000}}));
    ASSERT_TRUE(a->ask<std::uint64_t>(client, dgram::send{"ping"}));
    const auto ping = b->await<message_event>();
    EXPECT_EQ(ping.local, *ip_address::parse(each));
    ASSERT_TRUE(b->ask<std::uint64_t>(server, dgram::send{"pong", ping}));
    EXPECT_EQ(a->await<message_event>().data, payload("pong"));
    ASSERT_FALSE(a->tell(client, close{}));
  }
}

TEST_F(AcrossHosts, AnAnswerToALinkLocalAddressLeavesByItsInterface) {
  const auto server = b.open(family::udp6, b->self);
  ASSERT_TRUE(b->ask<endpoint>(server, bind{9'000}));
  b->await<listening_event>();
  const auto client = a.open(family::udp6, a->self);
  endpoint to;
  b.host().run([&] { to = *endpoint::ip(eth_b.ipv6, 9'000); });
  const auto local = ip_address::of(to);
  const auto bare = to.with_scope_id(0).host();
  a.host().run([&] { to = *endpoint::ip(bare + "%" + eth_a.name, 9'000); });
  ASSERT_TRUE(a->ask<std::uint64_t>(client, dgram::send{"ping", to}));
  const auto ping = b->await<message_event>();
  EXPECT_EQ(ping.local, local);
  ASSERT_TRUE(b->ask<std::uint64_t>(server, dgram::send{"pong", ping}));
  EXPECT_EQ(a->await<message_event>().sender, to);
}

TEST_F(AcrossHosts, AnAnswerToABroadcastLeavesFromTheInterfacesAddress) {
  for (const auto f : {family::udp4, family::udp6}) {
    const auto server = b.open(f, b->self);
    ASSERT_TRUE(b->ask<endpoint>(server, bind{9'000}));
    b->await<listening_event>();
    const auto client = a.open(family::udp4, a->self);
    ASSERT_FALSE(a->tell(client, set_broadcast{true}));
    ASSERT_TRUE(a->ask<std::uint64_t>(client, dgram::send{"who", eth_a.broadcast, 9'000}));
    const auto question = b->await<message_event>();
    EXPECT_EQ(question.local, *ip_address::parse(eth_b.ipv4));
    ASSERT_TRUE(b->ask<std::uint64_t>(server, dgram::send{"I", question}));
    EXPECT_EQ(a->await<message_event>().sender.host(), eth_b.ipv4);
    ASSERT_FALSE(a->tell(client, close{}));
    ASSERT_FALSE(b->tell(server, close{}));
  }
}

TEST_F(AcrossHosts, AHostThatCannotBeReachedIsAnErrorAndTheSocketGoesOn) {
  const auto client = a.open(family::udp4);
  const auto refused = a->error_of<std::uint64_t>(client, dgram::send{"x", "203.0.113.1", 9'000});
  EXPECT_EQ(errno_of(refused), ENETUNREACH) << describe(refused);
  const auto server = b.open(family::udp4, b->self);
  ASSERT_TRUE(b->ask<endpoint>(server, bind{9'000}));
  b->await<listening_event>();
  ASSERT_TRUE(a->ask<std::uint64_t>(client, dgram::send{"x", eth_b.ipv4, 9'000}));
  EXPECT_EQ(b->next_line(), "message x");
}

TEST_F(AcrossHosts, ABroadcastToAGroupIsHeardOnce) {
  auto options = test_options();
  options.loops = 4;
  std::unique_ptr<node> many;
  b.host().run([&] { many = std::make_unique<node>(system, options); });
  auto with = heard_by(many->self);
  with.local = address(9'001);
  caf::expected<socket_actor> group{caf::sec::runtime_error};
  b.host().run([&] { group = many->net.open_group(family::udp4, with); });
  ASSERT_TRUE(group) << describe(group.error());
  many->await<listening_event>();
  const auto client = a.open(family::udp4);
  ASSERT_FALSE(a->tell(client, set_broadcast{true}));
  const auto local = b.open(family::udp4);
  ASSERT_FALSE(b->tell(local, set_broadcast{true}));
  b.host().command({"ip", "route", "add", "255.255.255.255/32", "dev", "eth0"});
  a.host().command({"ip", "route", "add", "255.255.255.255/32", "dev", "eth0"});
  for (const auto& to : {eth_a.broadcast, std::string("255.255.255.255")}) {
    ASSERT_TRUE(a->ask<std::uint64_t>(client, dgram::send{"from there", to, 9'001}));
    EXPECT_EQ(many->next_line(), "message from there") << to;
    ASSERT_TRUE(b->ask<std::uint64_t>(local, dgram::send{"from here", to, 9'001}));
    EXPECT_EQ(many->next_line(), "message from here") << to;
  }
  ASSERT_TRUE(b->ask<std::uint64_t>(local, dgram::send{"looped", "127.255.255.255", 9'001}));
  EXPECT_EQ(many->next_line(), "message looped");
  // Unicast still reaches every member.
  for (int i = 0; i < 40; ++i) {
    const auto sender = a.open(family::udp4);
    ASSERT_TRUE(a->ask<std::uint64_t>(sender, dgram::send{"x", eth_b.ipv4, 9'001}));
    EXPECT_EQ(many->next_line(), "message x");
  }
  EXPECT_FALSE(many->self->has_next_message());
  // What the others passed over is no loss.
  EXPECT_EQ(many->ask<statistics>(*group, get_statistics{})->kernel_drops, 0U);
}

}  // namespace
}  // namespace dgram::testing
