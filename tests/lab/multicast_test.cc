#include <net/if.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tests/support/lab_node.h"

namespace dgram::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

const auto group4 = *endpoint::ip("239.255.33.7", 7'001);
const auto group6 = *endpoint::ip("ff15::33:7", 7'001);

class MulticastAcrossHosts : public ::testing::TestWithParam<endpoint> {
 protected:
  const endpoint& group() const { return GetParam(); }

  /// A socket on the group's port that hears all groups it joins.
  socket_actor listen(lab_node& on) {
    const auto sock = on.open(group().family(), on->self);
    EXPECT_FALSE(on->tell(sock, set_option{option::reuse_address, true}));
    EXPECT_TRUE(on->ask<endpoint>(sock, bind{group().port()}));
    on->await<listening_event>();
    return sock;
  }

  std::vector<std::uint32_t> join(lab_node& on, const socket_actor& sock,
                                  const interface_selector& where) {
    const auto joined = on->ask<membership>(sock, add_membership{group().host(), where});
    EXPECT_TRUE(joined) << describe(joined.error());
    return joined ? joined->interfaces : std::vector<std::uint32_t>{};
  }

  /// A socket whose multicast leaves by the interface.
  socket_actor speak(lab_node& on, const lab_interface& by) {
    const auto sock = on.open(group().family());
    EXPECT_FALSE(on->tell(sock, set_multicast_interface{by.name}));
    return sock;
  }

  /// Has the kernel choose this interface for groups.
  static void route_groups(lab_node& on, const lab_interface& by) {
    on.host().command({"ip", "route", "replace", "224.0.0.0/4", "dev", by.name});
    on.host().command({"ip", "-6", "route", "flush", "table", "local", "type", "multicast"});
    on.host().command({"ip", "-6", "route", "replace", "multicast", "ff00::/8", "dev", by.name,
                       "table", "local", "metric", "1"});
  }

  static std::uint32_t index_of(lab_node& on, const lab_interface& of) {
    std::uint32_t index = 0;
    on.host().run([&] { index = ::if_nametoindex(of.name.c_str()); });
    return index;
  }

  void say(lab_node& on, const socket_actor& sock, const std::string& text) {
    const auto sent = on->ask<std::uint64_t>(sock, dgram::send{payload(text), group()});
    EXPECT_TRUE(sent) << describe(sent.error());
  }

  system_config config;
  caf::actor_system system{config};
  lab net;
  lab_bridge& left = net.bridge();
  lab_bridge& right = net.bridge();
};

INSTANTIATE_TEST_SUITE_P(Families, MulticastAcrossHosts, ::testing::Values(group4, group6),
                         [](const auto& info) { return to_string(info.param.family()); });

TEST_P(MulticastAcrossHosts, ReachesMembersOnOtherHostsWithItsSender) {
  lab_node speaker(net.host(), system);
  lab_node member(net.host(), system);
  const auto out = speaker.host().attach(left);
  const auto in = member.host().attach(left);
  const auto ears = listen(member);
  join(member, ears, in.name);
  say(speaker, speak(speaker, out), "hello");
  const auto heard = member->await<message_event>();
  EXPECT_EQ(heard.data, payload("hello"));
  if (group().family() == family::udp4) {
    EXPECT_EQ(heard.sender.host(), out.ipv4);
  } else {
    EXPECT_EQ(heard.sender.with_scope_id(0),
              endpoint::ip(out.ipv6.substr(0, out.ipv6.find('%')), heard.sender.port()).value());
  }
}

TEST_P(MulticastAcrossHosts, MemberOnOneInterfaceDoesNotHearTheOther) {
  lab_node speaker(net.host(), system);
  lab_node host(net.host(), system);
  lab_node third(net.host(), system);
  const auto speaker_left = speaker.host().attach(left);
  const auto speaker_right = speaker.host().attach(right);
  const auto host_left = host.host().attach(left);
  host.host().attach(right);
  join(host, listen(host), host_left.name);
  // A member elsewhere proves that the datagram was on the wire.
  const auto third_right = third.host().attach(right);
  join(third, listen(third), third_right.name);

  say(speaker, speak(speaker, speaker_right), "on the right");
  EXPECT_EQ(third->next_line(), "message on the right");
  say(speaker, speak(speaker, speaker_left), "on the left");
  EXPECT_EQ(host->next_line(), "message on the left");
  EXPECT_FALSE(host->self->has_next_message());
}

TEST_P(MulticastAcrossHosts, AMemberDoesNotHearGroupsThatOthersOnItsHostJoined) {
  // IPv6 has this by group only, not by interface: ipv6(7) knows no more.
  const auto other_group = group().family() == family::udp4
                               ? *endpoint::ip("239.255.33.8", group().port())
                               : *endpoint::ip("ff15::33:8", group().port());
  lab_node speaker(net.host(), system);
  lab_node host(net.host(), system);
  const auto out = speaker.host().attach(left);
  const auto in = host.host().attach(left);
  join(host, listen(host), in.name);
  caf::scoped_actor neighbours_ears{system};
  const auto neighbour = host.open(group().family(), neighbours_ears);
  ASSERT_FALSE(host->tell(neighbour, set_option{option::reuse_address, true}));
  ASSERT_TRUE(host->ask<endpoint>(neighbour, bind{group().port()}));
  ASSERT_TRUE(host->ask<membership>(neighbour, add_membership{other_group.host(), in.name}));

  const auto mouth = speak(speaker, out);
  ASSERT_TRUE(speaker->ask<std::uint64_t>(mouth, dgram::send{"for the neighbour", other_group}));
  neighbours_ears->receive(
      [](const message_event& e) { EXPECT_EQ(e.data, payload("for the neighbour")); },
      caf::after(patience) >> [] { ADD_FAILURE() << "the neighbour heard nothing"; });
  say(speaker, mouth, "for the member");
  EXPECT_EQ(host->next_line(), "message for the member");
  EXPECT_FALSE(host->self->has_next_message());
}

TEST_P(MulticastAcrossHosts, MembershipWithoutInterfaceHearsBoth) {
  lab_node speaker(net.host(), system);
  lab_node host(net.host(), system);
  const auto speaker_left = speaker.host().attach(left);
  const auto speaker_right = speaker.host().attach(right);
  host.host().attach(left);
  host.host().attach(right);
  const auto member = listen(host);
  // Both, and loopback.
  EXPECT_THAT(join(host, member, interface_selector::all()), SizeIs(3));
  say(speaker, speak(speaker, speaker_left), "left");
  say(speaker, speak(speaker, speaker_right), "right");
  EXPECT_THAT((std::vector<std::string>{host->next_line(), host->next_line()}),
              UnorderedElementsAre("message left", "message right"));
  const auto dropped =
      host->ask<membership>(member, drop_membership{group().host(), interface_selector::all()});
  ASSERT_TRUE(dropped) << describe(dropped.error());
  EXPECT_THAT(dropped->interfaces, SizeIs(3));
}

TEST_P(MulticastAcrossHosts, MembershipWithoutInterfaceSkipsOnesThatAreDown) {
  lab_node host(net.host(), system);
  host.host().attach(left);
  const auto down = host.host().attach(right);
  host.host().set_link(down, false);
  EXPECT_THAT(join(host, listen(host), interface_selector::all()), SizeIs(2));
}

TEST_P(MulticastAcrossHosts, MembershipOnAnyInterfaceIsTheKernelsChoice) {
  lab_node speaker(net.host(), system);
  lab_node host(net.host(), system);
  const auto out = speaker.host().attach(left);
  const auto in = host.host().attach(left);
  route_groups(host, in);
  const auto member = listen(host);
  EXPECT_THAT(join(host, member, interface_selector::any()), ElementsAre(index_of(host, in)));
  say(speaker, speak(speaker, out), "hello");
  EXPECT_EQ(host->next_line(), "message hello");
}

TEST_P(MulticastAcrossHosts, MembershipOnAnyInterfaceIsLeftWhereItWasJoined) {
  lab_node speaker(net.host(), system);
  lab_node host(net.host(), system);
  const auto out = speaker.host().attach(left);
  const auto in = host.host().attach(left);
  const auto later = host.host().attach(right);
  route_groups(host, in);
  const auto member = listen(host);
  ASSERT_THAT(join(host, member, interface_selector("0.0.0.0")), ElementsAre(index_of(host, in)));
  route_groups(host, later);
  const auto dropped =
      host->ask<membership>(member, drop_membership{group().host(), interface_selector::any()});
  ASSERT_TRUE(dropped) << describe(dropped.error());
  EXPECT_THAT(dropped->interfaces, ElementsAre(index_of(host, in)));
  EXPECT_THAT(host->error_of<membership>(
                  member, drop_membership{group().host(), interface_selector::any()}),
              FailsWith(errc::not_a_member));
  // Nothing arrives any more, which a later datagram to the host shows.
  say(speaker, speak(speaker, out), "to nobody");
  const auto mouth = speaker.open(family::udp4);
  ASSERT_TRUE(speaker->ask<std::uint64_t>(
      mouth, dgram::send{"to all", endpoint::ip(in.ipv4, group().port()).value()}));
  EXPECT_EQ(host->next_line(), "message to all");
}

TEST_P(MulticastAcrossHosts, TheSelectedInterfaceOutlivesItsAddress) {
  lab_node speaker(net.host(), system);
  lab_node host(net.host(), system);
  const auto out = speaker.host().attach(left);
  const auto other = speaker.host().attach(right);
  const auto in = host.host().attach(left);
  join(host, listen(host), in.name);
  const auto by_name = speak(speaker, out);
  const auto by_address = speaker.open(group().family());
  ASSERT_FALSE(speaker->tell(by_address, set_multicast_interface{out.ipv4}));
  const auto by_index = speaker.open(group().family());
  ASSERT_FALSE(speaker->tell(
      by_index, set_multicast_interface{interface_selector::index(index_of(speaker, out))}));
  // Its former address belongs to another interface now.
  speaker.host().command({"ip", "address", "add", "10.77.1.99/24", "dev", out.name});
  speaker.host().command({"ip", "address", "del", out.ipv4 + "/24", "dev", out.name});
  speaker.host().command({"ip", "address", "add", out.ipv4 + "/24", "dev", other.name});
  for (const auto& mouth : {by_name, by_address, by_index}) {
    say(speaker, mouth, "hello");
    EXPECT_EQ(host->next_line(), "message hello");
  }
  EXPECT_EQ(*speaker->ask<option_value>(by_name, get_option{option::multicast_interface}),
            option_value(interface_selector(out.name)));
}

TEST_P(MulticastAcrossHosts, AnInterfaceWithoutAnIpv4AddressCanBeSelectedAndIsRemembered) {
  lab_node host(net.host(), system);
  const auto out = host.host().attach(left);
  host.host().command({"ip", "address", "del", out.ipv4 + "/24", "dev", out.name});
  const auto mouth = host.open(group().family());
  ASSERT_FALSE(host->tell(mouth, set_multicast_interface{out.name}));
  EXPECT_EQ(*host->ask<option_value>(mouth, get_option{option::multicast_interface}),
            option_value(interface_selector(out.name)));
}

TEST_P(MulticastAcrossHosts, AnInterfaceIsFoundByItsLabelsAndAlternativeNames) {
  lab_node host(net.host(), system);
  const auto in = host.host().attach(left);
  host.host().command(
      {"ip", "address", "add", "10.77.1.200/24", "dev", in.name, "label", in.name + ":1"});
  host.host().command({"ip", "link", "property", "add", "dev", in.name, "altname", "uplink"});
  const auto member = listen(host);
  const auto index = index_of(host, in);
  for (const auto& name : {in.name, in.name + ":1", std::string("uplink")}) {
    EXPECT_THAT(join(host, member, name), ElementsAre(index)) << name;
    const auto dropped = host->ask<membership>(member, drop_membership{group().host(), name});
    EXPECT_TRUE(dropped) << name << ": " << describe(dropped.error());
    EXPECT_FALSE(host->tell(member, set_multicast_interface{name})) << name;
  }
}

TEST_P(MulticastAcrossHosts, AJoinedSocketHearsAgainAfterTheLinkWasDown) {
  lab_node speaker(net.host(), system);
  lab_node host(net.host(), system);
  const auto out = speaker.host().attach(left);
  const auto in = host.host().attach(left);
  const auto member = listen(host);
  join(host, member, in.name);
  const auto mouth = speak(speaker, out);
  say(speaker, mouth, "before");
  EXPECT_EQ(host->next_line(), "message before");
  host.host().set_link(in, false);
  say(speaker, mouth, "meanwhile");
  host.host().set_link(in, true);
  say(speaker, mouth, "after");
  EXPECT_EQ(host->next_line(), "message after");
}

TEST_P(MulticastAcrossHosts, ALinkDownUnderTheSenderIsAnErrorAndItGoesOn) {
  lab_node speaker(net.host(), system);
  lab_node host(net.host(), system);
  const auto out = speaker.host().attach(left);
  const auto in = host.host().attach(left);
  const auto member = listen(host);
  join(host, member, in.name);
  const auto mouth = speak(speaker, out);
  speaker.host().set_link(out, false);
  const auto failed = speaker->error_of<std::uint64_t>(mouth, dgram::send{"lost", group()});
  EXPECT_THAT(failed, FailsWith(errc::system_error));
  speaker.host().set_link(out, true);
  if (group().family() == family::udp6) {
    // The kernel dropped the address with the link.
    speaker.host().command({"ip", "address", "add", out.ipv6.substr(0, out.ipv6.find('%')) + "/64",
                            "dev", out.name, "nodad"});
  }
  say(speaker, mouth, "back");
  EXPECT_EQ(host->next_line(), "message back");
}

TEST_P(MulticastAcrossHosts, AnInterfaceRemovedUnderAMembershipHarmsNothingElse) {
  lab_node speaker(net.host(), system);
  lab_node member(net.host(), system);
  const auto out_left = speaker.host().attach(left);
  const auto out_right = speaker.host().attach(right);
  const auto doomed = member.host().attach(left);
  const auto lasting = member.host().attach(right);
  const auto ears = listen(member);
  join(member, ears, doomed.name);
  join(member, ears, lasting.name);
  const auto on_left = speak(speaker, out_left);
  const auto on_right = speak(speaker, out_right);
  say(speaker, on_left, "left");
  EXPECT_EQ(member->next_line(), "message left");
  member.host().command({"ip", "link", "delete", doomed.name});
  say(speaker, on_right, "right");
  EXPECT_EQ(member->next_line(), "message right");
  // What is gone is told by whatever names it, and nothing else.
  const auto why = member->error_of<membership>(
      ears, drop_membership{group().host(), interface_selector(doomed.name)});
  EXPECT_THAT(why, FailsWith(errc::unknown_interface));
  EXPECT_FALSE(member->tell(ears, set_multicast_loopback{false}));
  say(speaker, on_right, "still right");
  EXPECT_EQ(member->next_line(), "message still right");
  const auto dropped = member->ask<membership>(ears, drop_membership{group().host(), lasting.name});
  EXPECT_TRUE(dropped) << describe(dropped.error());
  // A new interface of the name can be joined.
  const auto reborn = member.host().attach(left);
  EXPECT_THAT(join(member, ears, reborn.name), SizeIs(1));
  say(speaker, on_left, "left again");
  EXPECT_EQ(member->next_line(), "message left again");
}

TEST_P(MulticastAcrossHosts, LoopbackDecidesWhetherTheSendersHostHears) {
  lab_node host(net.host(), system);
  lab_node other(net.host(), system);
  const auto own = host.host().attach(left);
  const auto theirs = other.host().attach(left);
  const auto here = listen(host);
  const auto there = listen(other);
  join(host, here, own.name);
  join(other, there, theirs.name);
  const auto mouth = speak(host, own);
  ASSERT_FALSE(host->tell(mouth, set_multicast_loopback{false}));
  say(host, mouth, "for others");
  EXPECT_EQ(other->next_line(), "message for others");
  ASSERT_FALSE(host->tell(mouth, set_multicast_loopback{true}));
  say(host, mouth, "for all");
  EXPECT_EQ(other->next_line(), "message for all");
  EXPECT_EQ(host->next_line(), "message for all");
}

TEST_P(MulticastAcrossHosts, WithATtlOf0StaysOnTheHost) {
  lab_node host(net.host(), system);
  lab_node other(net.host(), system);
  const auto own = host.host().attach(left);
  const auto theirs = other.host().attach(left);
  join(host, listen(host), own.name);
  join(other, listen(other), theirs.name);
  const auto mouth = speak(host, own);
  ASSERT_FALSE(host->tell(mouth, set_multicast_ttl{0}));
  say(host, mouth, "private");
  EXPECT_EQ(host->next_line(), "message private");
  ASSERT_FALSE(host->tell(mouth, set_multicast_ttl{1}));
  say(host, mouth, "public");
  EXPECT_EQ(other->next_line(), "message public");
}

TEST_P(MulticastAcrossHosts, WithATtlOf0LeavesAHostWithoutMembers) {
  // Linux looks at the TTL only where it delivers to members of its own.
  lab_node host(net.host(), system);
  lab_node other(net.host(), system);
  const auto own = host.host().attach(left);
  const auto theirs = other.host().attach(left);
  join(other, listen(other), theirs.name);
  const auto mouth = speak(host, own);
  ASSERT_FALSE(host->tell(mouth, set_multicast_ttl{0}));
  say(host, mouth, "on the wire");
  EXPECT_EQ(other->next_line(), "message on the wire");
}

TEST(MulticastScope, DecidesTheInterfaceForEveryKindOfGroup) {
  system_config config;
  caf::actor_system system{config};
  lab net;
  auto& left = net.bridge();
  auto& right = net.bridge();
  lab_node speaker(net.host(), system);
  lab_node on_left(net.host(), system);
  lab_node on_right(net.host(), system);
  speaker.host().attach(left);
  speaker.host().attach(right);
  on_left.host().attach(left);
  on_right.host().attach(right);
  for (const std::string group : {"ff05::2:1001", "ff02::2:1001", "ff0e::2:1001"}) {
    for (auto* host : {&on_left, &on_right}) {
      const auto sock = host->open(family::udp6, (*host)->self);
      ASSERT_FALSE((*host)->tell(sock, set_option{option::reuse_address, true}));
      ASSERT_TRUE((*host)->ask<endpoint>(sock, bind{7'002}));
      (*host)->await<listening_event>();
      ASSERT_TRUE((*host)->ask<membership>(sock, add_membership{group, "eth0"}));
    }
    const auto mouth = speaker.open(family::udp6);
    endpoint to_left;
    endpoint to_right;
    speaker.host().run([&] {
      to_left = *endpoint::ip(group + "%eth0", 7'002);
      to_right = *endpoint::ip(group + "%eth1", 7'002);
    });
    ASSERT_TRUE(speaker->ask<std::uint64_t>(mouth, dgram::send{"right", to_right}));
    EXPECT_EQ(on_right->next_line(), "message right") << group;
    // A batch of one size, sent as segments of one message.
    batch several;
    several.add(payload("left 1"), to_left);
    several.add(payload("left 2"), to_left);
    ASSERT_TRUE(speaker->ask<batch_result>(mouth, send_batch{several}));
    EXPECT_EQ(on_left->next_line(), "message left 1") << group;
    EXPECT_EQ(on_left->next_line(), "message left 2") << group;
    EXPECT_FALSE(on_right->self->has_next_message());
  }
}

TEST(Ipv4Multicast, IsSentAndHeardByUdp6Sockets) {
  system_config config;
  caf::actor_system system{config};
  lab net;
  auto& left = net.bridge();
  auto& right = net.bridge();
  lab_node speaker(net.host(), system);
  lab_node member(net.host(), system);
  speaker.host().attach(left);
  const auto out = speaker.host().attach(right);
  // Behind a router for the TTL to matter; here it is only read from the socket.
  const auto in = member.host().attach(right);
  const auto ears = member.open(family::udp6, member->self);
  ASSERT_TRUE(member->ask<endpoint>(ears, bind{7'003}));
  member->await<listening_event>();
  ASSERT_TRUE(member->ask<membership>(ears, add_membership{"239.255.33.9", in.ipv4}));
  const auto mouth = speaker.open(family::udp6);
  ASSERT_FALSE(speaker->tell(mouth, set_multicast_interface{out.name}));
  const auto sent =
      speaker->ask<std::uint64_t>(mouth, dgram::send{"mapped", "::ffff:239.255.33.9", 7'003});
  ASSERT_TRUE(sent) << describe(sent.error());
  const auto heard = member->await<message_event>();
  EXPECT_EQ(heard.data, payload("mapped"));
  EXPECT_EQ(heard.sender.host(), "::ffff:" + out.ipv4);
}

TEST(Interface, IsFoundByItsLinkLocalAddressWithoutScope) {
  lab net;
  auto& host = net.host();
  const auto eth = host.attach(net.bridge());
  host.run([&] {
    const auto address = eth.ipv6.substr(0, eth.ipv6.find('%'));
    const auto found = find_interface(address, family::udp6);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->name, eth.name);
  });
}

TEST(MembershipOnAllInterfaces, GoesOnWhereTheFirstRefuses) {
  system_config config;
  caf::actor_system system{config};
  lab net;
  lab_node host(net.host(), system);
  host.host().attach(net.bridge());
  const auto sock = host.open(family::udp4);
  ASSERT_TRUE(host->ask<membership>(sock, add_membership{"239.255.33.12", "lo"}));
  const auto joined =
      host->ask<membership>(sock, add_membership{"239.255.33.12", interface_selector::all()});
  ASSERT_TRUE(joined) << describe(joined.error());
  EXPECT_THAT(joined->interfaces, ElementsAre(2U));
  ASSERT_THAT(joined->refused, SizeIs(1));
  EXPECT_EQ(joined->refused.front().interface, 1U);
  EXPECT_EQ(errno_of(joined->refused.front().reason), EADDRINUSE);
}

TEST(MembershipLimit, IsToldForEachInterfaceThatWasRefused) {
  system_config config;
  caf::actor_system system{config};
  lab net;
  lab_node host(net.host(), system);
  host.host().command({"sysctl", "-qw", "net.ipv4.igmp_max_memberships=2"});
  host.host().attach(net.bridge());
  host.host().attach(net.bridge());
  const auto sock = host.open(family::udp4);
  const auto joined =
      host->ask<membership>(sock, add_membership{"239.255.33.10", interface_selector::all()});
  ASSERT_TRUE(joined) << describe(joined.error());
  EXPECT_THAT(joined->interfaces, SizeIs(2));
  ASSERT_THAT(joined->refused, SizeIs(1));
  EXPECT_EQ(joined->refused.front().interface, 3U);
  EXPECT_EQ(errno_of(joined->refused.front().reason), ENOBUFS);
  EXPECT_THAT(describe(joined->refused.front().reason),
              ::testing::HasSubstr("igmp_max_memberships"));
  const auto why =
      host->error_of<membership>(sock, add_membership{"239.255.33.11", interface_selector::all()});
  EXPECT_EQ(errno_of(why), ENOBUFS);
  auto options = heard_by(host->self);
  options.memberships = {{"239.255.33.13", interface_selector::all()}};
  socket_actor opened;
  host.host().run([&] { opened = host->open(family::udp4, options); });
  const auto told = host->await<error_event>();
  EXPECT_EQ(errno_of(told.reason), ENOBUFS);
  EXPECT_EQ(told.operation, add_membership::operation);
}

TEST(MulticastPubsub, RunsBetweenThreeHosts) {
  lab net;
  auto& bridge = net.bridge();
  auto& publisher = net.host();
  auto& first = net.host();
  auto& second = net.host();
  for (auto* host : {&publisher, &first, &second}) host->attach(bridge);
  const auto command = [](const std::string& role) {
    return std::vector<std::string>{example("multicast_pubsub"), "--role=" + role,
                                    "--interface=eth0", "--count=5", "--interval=1ms"};
  };
  auto subscriber_1 = first.start(command("subscribe"));
  auto subscriber_2 = second.start(command("subscribe"));
  ASSERT_TRUE(subscriber_1.await_output("joined")) << subscriber_1.output();
  ASSERT_TRUE(subscriber_2.await_output("joined")) << subscriber_2.output();
  auto speaker = publisher.start(command("publish"));
  EXPECT_EQ(speaker.await_exit(), 0) << speaker.output();
  EXPECT_THAT(speaker.output(), ::testing::HasSubstr("sent 5"));
  for (auto* subscriber : {&subscriber_1, &subscriber_2}) {
    EXPECT_EQ(subscriber->await_exit(), 0) << subscriber->output();
    EXPECT_THAT(subscriber->output(), ::testing::HasSubstr("message 5 of 5 from 10.77.1.1:"));
  }
}

TEST(MulticastPubsub, ReportsWhatWasLost) {
  lab net;
  auto& alone = net.host();
  alone.attach(net.bridge());
  auto subscriber = alone.start({example("multicast_pubsub"), "--role=subscribe",
                                 "--interface=eth0", "--count=5", "--timeout=1s"});
  EXPECT_EQ(subscriber.await_exit(), 1);
  EXPECT_THAT(subscriber.output(), ::testing::HasSubstr("lost 5"));
}

}  // namespace
}  // namespace dgram::testing
