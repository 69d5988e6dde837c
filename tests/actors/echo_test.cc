#include "tests/support/socket_test.h"
namespace dgram::testing {
namespace {
using Echo = SocketTest;
TEST_F(Echo, Smoke) {
  auto [server, at] = here.open_bound(family::udp4, here.self);
  EXPECT_EQ(here.next_line(), "listening " + at.to_string());
  auto client = here.open(family::udp4);
  auto sent = here.ask<std::uint64_t>(client, dgram::send{"hello", at});
  ASSERT_TRUE(sent) << describe(sent.error());
  EXPECT_EQ(here.next_line(), "message hello");
  EXPECT_FALSE(here.tell(server, dgram::close{}));
  EXPECT_EQ(here.next_line(), "close");
  EXPECT_FALSE(here.tell(server, dgram::close{}));
  EXPECT_THAT(here.error_of<endpoint>(server, dgram::get_local_address{}), FailsWith(errc::closed));
  EXPECT_FALSE(here.tell(client, dgram::close{}));
}
}  // namespace
}  // namespace dgram::testing
