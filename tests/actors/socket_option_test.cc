#include <cerrno>
#include <string>

#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Options : public SocketTest {
 protected:
  option_value get(const socket_actor& sock, option id) {
    const auto value = here.ask<option_value>(sock, get_option{id});
    EXPECT_TRUE(value) << describe(value.error());
    return value ? *value : option_value{};
  }

  const socket_actor sock = here.open(family::udp4);
};

TEST_F(Options, AreSetAndReadByName) {
  EXPECT_FALSE(here.tell(sock, set_option{option::ttl, 7}));
  EXPECT_EQ(get(sock, option::ttl), option_value(7));
  EXPECT_FALSE(here.tell(sock, set_option{option::reuse_address, true}));
  EXPECT_EQ(get(sock, option::reuse_address), option_value(true));
  EXPECT_FALSE(here.tell(sock, set_option{option::receive_buffer_size, 65'536}));
  EXPECT_EQ(get(sock, option::receive_buffer_size), option_value(131'072));
}

TEST_F(Options, HaveShorthands) {
  EXPECT_FALSE(here.tell(sock, set_broadcast{true}));
  EXPECT_EQ(get(sock, option::broadcast), option_value(true));
  EXPECT_FALSE(here.tell(sock, set_ttl{9}));
  EXPECT_EQ(get(sock, option::ttl), option_value(9));
  EXPECT_FALSE(here.tell(sock, set_multicast_ttl{0}));
  EXPECT_EQ(get(sock, option::multicast_ttl), option_value(0));
  EXPECT_FALSE(here.tell(sock, set_multicast_loopback{false}));
  EXPECT_EQ(get(sock, option::multicast_loopback), option_value(false));
  EXPECT_FALSE(here.tell(sock, set_multicast_interface{"lo"}));
  EXPECT_EQ(get(sock, option::multicast_interface), option_value("lo"));
}

TEST_F(Options, HaveTheKernelsDefaults) {
  EXPECT_EQ(get(sock, option::multicast_ttl), option_value(1));
  EXPECT_EQ(get(sock, option::multicast_loopback), option_value(true));
  EXPECT_EQ(get(sock, option::broadcast), option_value(false));
}

TEST_F(Options, OutOfRangeAreRefusedAndTheOldValueStays) {
  ASSERT_FALSE(here.tell(sock, set_ttl{5}));
  for (const std::int64_t ttl :
       {std::int64_t{0}, std::int64_t{256}, std::int64_t{-1}, (std::int64_t{1} << 32) + 1}) {
    const auto why = here.tell(sock, set_ttl{ttl});
    EXPECT_THAT(why, FailsWith(errc::out_of_range));
    EXPECT_EQ(errno_of(why), 0);
    EXPECT_THAT(describe(why),
                AllOf(HasSubstr("set ttl " + std::to_string(ttl)), HasSubstr("1 to 255")));
  }
  EXPECT_THAT(here.tell(sock, set_multicast_ttl{256}), FailsWith(errc::out_of_range));
  EXPECT_THAT(here.tell(sock, set_multicast_ttl{-1}), FailsWith(errc::out_of_range));
  EXPECT_THAT(here.tell(sock, set_option{option::send_buffer_size, 0}),
              FailsWith(errc::out_of_range));
  EXPECT_EQ(get(sock, option::ttl), option_value(5));
}

TEST_F(Options, OfAnotherTypeOrFamilyAreRefused) {
  EXPECT_THAT(here.tell(sock, set_option{option::ttl, true}), FailsWith(errc::wrong_type));
  EXPECT_THAT(here.tell(sock, set_option{option::ipv6_only, true}),
              FailsWith(errc::unsupported_option));
  const auto unix_socket = here.open(family::unix_dgram);
  EXPECT_THAT(here.tell(unix_socket, set_ttl{5}), FailsWith(errc::unsupported_option));
  EXPECT_THAT(here.error_of<option_value>(unix_socket, get_option{option::broadcast}),
              FailsWith(errc::unsupported_option));
}

TEST_F(Options, AnUnknownInterfaceIsRefused) {
  const auto why = here.tell(sock, set_multicast_interface{"nosuch0"});
  EXPECT_THAT(why, FailsWith(errc::unknown_interface));
  EXPECT_THAT(describe(why), AllOf(HasSubstr("multicast_interface"), HasSubstr("nosuch0")));
}

TEST_F(Options, SentWithoutRequestTellTheirErrorToSubscribers) {
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  tell(here.self, sock, set_ttl{0});
  EXPECT_EQ(here.next_line(), "error set ttl 0: must be 1 to 255");
  tell(here.self, sock, set_ttl{3});
  EXPECT_EQ(get(sock, option::ttl), option_value(3));
  EXPECT_FALSE(here.has_event());
}

TEST_F(Options, WorkOnIpv6) {
  const auto v6 = here.open(family::udp6);
  EXPECT_FALSE(here.tell(v6, set_ttl{9}));
  EXPECT_EQ(get(v6, option::ttl), option_value(9));
  EXPECT_FALSE(here.tell(v6, set_multicast_ttl{3}));
  EXPECT_EQ(get(v6, option::multicast_ttl), option_value(3));
  EXPECT_FALSE(here.tell(v6, set_multicast_loopback{false}));
  EXPECT_EQ(get(v6, option::multicast_loopback), option_value(false));
  EXPECT_FALSE(here.tell(v6, set_option{option::ipv6_only, true}));
  EXPECT_EQ(get(v6, option::ipv6_only), option_value(true));
}

TEST_F(Options, HaveTheKernelReportItsDropsFromTheStart) {
  EXPECT_EQ(get(sock, option::report_drops), option_value(true));
}

}  // namespace
}  // namespace dgram::testing
