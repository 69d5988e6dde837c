#include <net/if.h>

#include <cerrno>
#include <string>

#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* group = "239.255.21.7";

class Membership : public SocketTest {
 protected:
  /// A socket on a free port of the group, and a sender to it over loopback.
  Membership() {
    EXPECT_FALSE(here.tell(member, set_option{option::reuse_address, true}));
    const auto local = here.ask<endpoint>(member, bind{{group, 0}});
    EXPECT_TRUE(local) << describe(local.error());
    to = *local;
    EXPECT_FALSE(here.tell(speaker, set_multicast_interface{"127.0.0.1"}));
    here.await<listening_event>();
  }

  caf::error join(const std::string& where, const interface_selector& interface) {
    return here.error_of<membership>(member, add_membership{where, interface});
  }

  const socket_actor member = here.open(family::udp4, here.probe());
  const socket_actor speaker = here.open(family::udp4);
  endpoint to;
};

TEST_F(Membership, HearsTheGroupUntilDropped) {
  const auto joined = here.ask<membership>(member, add_membership{group, "lo"});
  ASSERT_TRUE(joined) << describe(joined.error());
  EXPECT_THAT(joined->interfaces, ElementsAre(::if_nametoindex("lo")));
  ASSERT_TRUE(here.ask<std::uint64_t>(speaker, dgram::send{"joined", to}));
  EXPECT_EQ(here.next_line(), "message joined");

  const auto left = here.ask<membership>(member, drop_membership{group, "lo"});
  ASSERT_TRUE(left) << describe(left.error());
  // Another socket that is still a member proves that the datagram went out.
  const auto witness = here.open(family::udp4, here.probe());
  ASSERT_FALSE(here.tell(witness, set_option{option::reuse_address, true}));
  const auto elsewhere = here.ask<endpoint>(witness, bind{{group, 0}});
  here.await<listening_event>();
  ASSERT_TRUE(here.ask<membership>(witness, add_membership{group, "127.0.0.1"}));
  ASSERT_TRUE(here.ask<std::uint64_t>(speaker, dgram::send{"dropped", to}));
  ASSERT_TRUE(here.ask<std::uint64_t>(speaker, dgram::send{"witnessed", *elsewhere}));
  EXPECT_EQ(here.next_line(), "message witnessed");
  EXPECT_FALSE(here.has_event());
}

TEST_F(Membership, TakesTheInterfaceByNameAddressAndIndex) {
  for (const auto& interface : {interface_selector("lo"), interface_selector("127.0.0.1"),
                                interface_selector::index(::if_nametoindex("lo"))}) {
    EXPECT_FALSE(join(group, interface));
    EXPECT_TRUE(here.ask<membership>(member, drop_membership{group, interface}));
  }
}

TEST_F(Membership, IsHeardByEveryMemberOnTheHost) {
  node other(system);
  const auto second = other.open(family::udp4, other.probe());
  ASSERT_FALSE(other.tell(second, set_option{option::reuse_address, true}));
  ASSERT_TRUE(other.ask<endpoint>(second, bind{to.port()}));
  other.await<listening_event>();
  ASSERT_FALSE(join(group, "lo"));
  ASSERT_TRUE(other.ask<membership>(second, add_membership{group, "lo"}));
  ASSERT_TRUE(here.ask<std::uint64_t>(speaker, dgram::send{"1", to}));
  EXPECT_EQ(here.next_line(), "message 1");
  EXPECT_EQ(other.next_line(), "message 1");
}

TEST_F(Membership, IsRefusedForBadGroups) {
  EXPECT_THAT(join("ff15::1", "lo"), FailsWith(errc::wrong_family));
  EXPECT_THAT(join("192.0.2.1", "lo"), FailsWith(errc::invalid_address));
  EXPECT_THAT(join("", "lo"), FailsWith(errc::invalid_address));
  EXPECT_THAT(join("not an address", "lo"), FailsWith(errc::invalid_address));
  const auto why = here.error_of<membership>(member, add_membership{"ff15::1", "lo"});
  EXPECT_THAT(describe(why),
              AllOf(HasSubstr("add membership"), HasSubstr("ff15::1"), HasSubstr("udp4")));
  EXPECT_THAT(here.error_of<membership>(here.open(family::unix_dgram), add_membership{group, "lo"}),
              FailsWith(errc::wrong_family));
}

TEST_F(Membership, IsRefusedOnUnknownInterfaces) {
  EXPECT_THAT(join(group, "nosuch0"), FailsWith(errc::unknown_interface));
  EXPECT_THAT(join(group, "192.0.2.99"), FailsWith(errc::unknown_interface));
  EXPECT_THAT(join(group, interface_selector::index(4'000'000)),
              FailsWith(errc::unknown_interface));
}

TEST_F(Membership, CannotBeDroppedWithoutHavingBeenAdded) {
  EXPECT_THAT(here.error_of<membership>(member, drop_membership{group, "lo"}),
              FailsWith(errc::not_a_member));
  EXPECT_THAT(here.error_of<membership>(member, drop_membership{"1.2.3.4", "lo"}),
              FailsWith(errc::invalid_address));
}

TEST_F(Membership, CannotBeAddedTwice) {
  ASSERT_FALSE(join(group, "lo"));
  EXPECT_EQ(errno_of(join(group, "lo")), EADDRINUSE);
}

TEST_F(Membership, SentWithoutRequestTellsItsErrorToSubscribers) {
  tell(here.self, member, add_membership{"192.0.2.1", "lo"});
  EXPECT_EQ(here.next_line(), "error add membership \"192.0.2.1\": not a multicast group");
}

}  // namespace
}  // namespace dgram::testing
