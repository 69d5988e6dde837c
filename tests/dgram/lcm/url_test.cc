#include "caf_dgram/dgram/lcm/url.h"

#include <string>

#include "caf_dgram/dgram/error.h"
#include "gtest/gtest.h"

namespace dgram::lcm {
namespace {

std::string group_of(const std::string& text) {
  const auto parsed = url::parse(text);
  return parsed.ok() ? parsed->group.to_string() : std::string(parsed.status().message());
}

TEST(LcmUrl, NamesAGroup) {
  EXPECT_EQ(group_of("udpm://239.1.2.3:7000"), "239.1.2.3:7000");
  EXPECT_EQ(group_of("udpm://[ff02::1234]:7000"), "[ff02::1234]:7000");
  EXPECT_EQ(group_of("udpm://239.1.2.3:7000?ttl=1"), "239.1.2.3:7000");
}

TEST(LcmUrl, HasLcmsDefaults) {
  const auto standard = url::default_group().to_string();
  EXPECT_EQ(standard, "239.255.76.67:7667");
  EXPECT_EQ(group_of("udpm://"), standard);
  EXPECT_EQ(group_of("udpm://?ttl=1"), standard);
  EXPECT_EQ(group_of("udpm://239.1.2.3"), "239.1.2.3:7667");
  EXPECT_EQ(group_of("udpm://:7000"), "239.255.76.67:7000");
  EXPECT_EQ(group_of("udpm://[ff02::1234]"), "[ff02::1234]:7667");
  const auto parsed = url::parse("udpm://");
  EXPECT_EQ(parsed->ttl, 0);
  EXPECT_FALSE(parsed->receive_buffer);
}

TEST(LcmUrl, HasOptions) {
  const auto parsed = url::parse("udpm://239.1.2.3:7000?ttl=255&recv_buf_size=2147483647");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->ttl, 255);
  EXPECT_EQ(parsed->receive_buffer, 2147483647U);
  EXPECT_EQ(url::parse("udpm://?recv_buf_size=1&")->receive_buffer, 1U);
  EXPECT_EQ(url::parse("udpm://?ttl=0")->ttl, 0);
}

TEST(LcmUrl, IsRefusedByNameValueAndCause) {
  EXPECT_EQ(group_of("tcpq://host:1"), "LCM URL \"tcpq://host:1\": does not begin with udpm://");
  EXPECT_EQ(code_of(url::parse("").status()), errc::unsupported);
  for (const auto* port : {"0", "65536", "x", "", "-1"}) {
    const auto text = std::string("udpm://239.1.2.3:") + port;
    EXPECT_EQ(group_of(text), "LCM URL \"" + text + "\": the port is not a number of 1 to 65535");
    EXPECT_EQ(code_of(url::parse(text).status()), errc::invalid_port);
  }
  EXPECT_EQ(group_of("udpm://127.0.0.1:7000"),
            "LCM URL \"udpm://127.0.0.1:7000\": not a multicast group");
  EXPECT_EQ(code_of(url::parse("udpm://host:7000").status()), errc::invalid_address);
  EXPECT_EQ(code_of(url::parse("udpm://[ff02::1").status()), errc::invalid_address);
  for (const auto* ttl : {"ttl=256", "ttl=-1", "ttl=", "ttl"}) {
    const auto text = std::string("udpm://?") + ttl;
    EXPECT_EQ(group_of(text), "LCM URL \"" + text + "\": ttl is not a number of 0 to 255");
    EXPECT_EQ(code_of(url::parse(text).status()), errc::out_of_range);
  }
  for (const auto* size : {"0", "2147483648", "x"}) {
    const auto text = std::string("udpm://?recv_buf_size=") + size;
    EXPECT_EQ(group_of(text),
              "LCM URL \"" + text + "\": recv_buf_size is not a number of 1 to 2147483647");
  }
  EXPECT_EQ(group_of("udpm://?hops=1"), "LCM URL \"udpm://?hops=1\": no such option: \"hops\"");
}

}  // namespace
}  // namespace dgram::lcm
