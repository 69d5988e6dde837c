// The main job as a program, on one host. tests/lab has it on several.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

TEST(MulticastPubsub, NeedsNoConfigurationAndTellsWhatArrived) {
  process demo({example("multicast_pubsub")});
  EXPECT_EQ(demo.await_exit(), 0) << demo.output();
  for (const char* subscriber : {"subscriber 1", "subscriber 2", "subscriber 3"}) {
    for (int i = 1; i <= 10; ++i) {
      EXPECT_THAT(demo.output(), HasSubstr("[" + std::string(subscriber) + "] message " +
                                           std::to_string(i) + " of 10 from 127.0.0.1:"));
    }
    EXPECT_THAT(demo.output(), HasSubstr(std::string(subscriber) + " received 10"));
  }
  EXPECT_THAT(demo.output(), HasSubstr("sent 10"));
  EXPECT_THAT(demo.output(), HasSubstr("lost 0"));
}

TEST(MulticastPubsub, TakesGroupPortCountIntervalTtlAndSubscribers) {
  process demo({example("multicast_pubsub"), "--group=239.255.9.9", "--port=9999", "--count=3",
                "--interval=1ms", "--ttl=0", "--interface=lo", "--subscribers=2"});
  EXPECT_EQ(demo.await_exit(), 0) << demo.output();
  EXPECT_THAT(demo.output(), HasSubstr("joined 239.255.9.9:9999 on lo"));
  EXPECT_THAT(demo.output(), HasSubstr("sent 3"));
}

TEST(MulticastPubsub, TellsBadOptions) {
  for (const auto& [option, reason] :
       {std::pair("--group=192.0.2.1", "not a multicast group"),
        std::pair("--group=nonsense", "not an IPv4 or IPv6 address"),
        std::pair("--port=70000", "0 to 65535"), std::pair("--interface=nosuch0", "nosuch0"),
        std::pair("--role=both", "--role must be"), std::pair("--ttl=256", "0 to 255")}) {
    process demo({example("multicast_pubsub"), "--timeout=1ms", option});
    EXPECT_THAT(demo.await_exit(), ::testing::AnyOf(1, 2)) << option;
    EXPECT_THAT(demo.output(), HasSubstr(reason)) << option;
  }
}

}  // namespace
}  // namespace dgram::testing
