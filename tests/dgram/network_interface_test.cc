#include "caf_dgram/dgram/network_interface.h"

#include <cstddef>
#include <string>
#include <vector>

#include "caf_dgram/dgram/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::HasSubstr;

TEST(ListInterfaces, HasLoopbackWithItsAddress) {
  const auto interfaces = list_interfaces();
  ASSERT_TRUE(interfaces.ok()) << interfaces.status();
  for (const auto& interface : *interfaces) {
    if ((interface.flags & IFF_LOOPBACK) == 0) continue;
    EXPECT_THAT(interface.addresses, ::testing::Contains(endpoint::loopback(family::udp4, 0)));
    EXPECT_TRUE(interface.has(family::udp4));
    EXPECT_TRUE(interface.can_join(family::udp4));
    EXPECT_FALSE(interface.has(family::unix_dgram));
    return;
  }
  FAIL() << "no loopback interface";
}

TEST(CanJoin, WantsAnInterfaceThatIsUpAndCapable) {
  network_interface interface;
  interface.addresses = {endpoint::loopback(family::udp4, 0)};
  interface.flags = IFF_UP | IFF_MULTICAST;
  EXPECT_TRUE(interface.can_join(family::udp4));
  EXPECT_FALSE(interface.can_join(family::udp6));
  interface.flags = IFF_MULTICAST;
  EXPECT_FALSE(interface.can_join(family::udp4));
  interface.flags = IFF_UP;
  EXPECT_FALSE(interface.can_join(family::udp4));
  interface.flags = IFF_UP | IFF_LOOPBACK;
  EXPECT_TRUE(interface.can_join(family::udp4));
}

TEST(FindInterface, TakesNamesIndexesAndAddresses) {
  const auto index = ::if_nametoindex("lo");
  for (const auto& selector :
       {interface_selector("lo"), interface_selector("127.0.0.1"), interface_selector("::1"),
        interface_selector("::%lo"), interface_selector("fe80::1%lo"),
        interface_selector::index(index)}) {
    const auto found = find_interface(selector, family::udp4);
    ASSERT_TRUE(found.ok()) << selector.to_string() << ": " << found.status();
    EXPECT_EQ(found->name, "lo");
    EXPECT_EQ(found->index, index);
  }
}

TEST(FindInterface, RefusesWhatNamesNone) {
  for (const auto& selector : {interface_selector("nosuch0"), interface_selector("192.0.2.1"),
                               interface_selector::index(4'000'000), interface_selector::all(),
                               interface_selector::any()}) {
    const auto found = find_interface(selector, family::udp4);
    EXPECT_EQ(code_of(found.status()), errc::unknown_interface) << selector.to_string();
    EXPECT_THAT(std::string(found.status().message()), HasSubstr(selector.to_string()));
  }
}

TEST(FindInterface, ReportsANameOnOneLine) {
  const auto found = find_interface("evil\nERROR forged", family::udp4);
  EXPECT_THAT(std::string(found.status().message()),
              ::testing::AllOf(HasSubstr("evil\\nERROR forged"), ::testing::Not(HasSubstr("\n"))));
}

TEST(InterfaceSelector, MeansAllByDefaultAndWhenEmpty) {
  EXPECT_EQ(interface_selector(), interface_selector::all());
  EXPECT_EQ(interface_selector(""), interface_selector::all());
}

TEST(InterfaceSelector, OfAnUnspecifiedAddressIsTheKernelsChoice) {
  EXPECT_EQ(interface_selector("0.0.0.0"), interface_selector::any());
  EXPECT_EQ(interface_selector("::"), interface_selector::any());
  EXPECT_EQ(interface_selector("0::0"), interface_selector::any());
  EXPECT_EQ(interface_selector("::%lo").which(), interface_selector::kind::text);
}

TEST(FindInterface, DoesNotStopAtANul) {
  EXPECT_FALSE(find_interface(std::string("lo\0x", 4), family::udp4).ok());
  EXPECT_FALSE(find_interface(std::string("127.0.0.1\0x", 11), family::udp4).ok());
}

TEST(FindInterface, TellsWhatItLookedFor) {
  const auto why = [](const interface_selector& selector) {
    return std::string(find_interface(selector, family::udp4).status().message());
  };
  EXPECT_THAT(why(interface_selector::index(4'000'000)), HasSubstr("by that index"));
  EXPECT_THAT(why("nosuch0"), HasSubstr("by that name or address"));
  EXPECT_THAT(why(interface_selector::all()), HasSubstr("does not name a single one"));
  EXPECT_THAT(why(interface_selector::any()), HasSubstr("does not name a single one"));
}

TEST(InterfaceSelector, DiffersByKindAndByValue) {
  const std::vector<interface_selector> all{interface_selector::all(),
                                            interface_selector::any(),
                                            interface_selector::index(1),
                                            interface_selector::index(2),
                                            "eth0",
                                            "eth1"};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      EXPECT_EQ(all[i] == all[j], i == j) << all[i] << " " << all[j];
      EXPECT_EQ(all[i] != all[j], i != j) << all[i] << " " << all[j];
    }
  }
  EXPECT_EQ(interface_selector("eth0").index(), 0U);
}

TEST(NetworkInterface, IsNoneAtFirst) {
  const network_interface none;
  EXPECT_EQ(none.index, 0U);
  EXPECT_EQ(none.flags, 0U);
}

}  // namespace
}  // namespace dgram
