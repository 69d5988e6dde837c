// Typed topics as a program.

#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

TEST(TopicPubsub, PrintsTheReadingsOfAllSensors) {
  // Others may run the same test now.
  const auto port = "--port=" + std::to_string(10'000 + ::getpid() % 50'000);
  process demo({example("topic_pubsub"), "--sensors=2", "--count=3", "--interval=1ms", port});
  EXPECT_EQ(demo.await_exit(), 0) << demo.output();
  for (const char* each : {"sensor 1 1: 20.84", "sensor 1 3: 21.89", "sensor 2 3: 21.89"}) {
    EXPECT_THAT(demo.output(), HasSubstr(std::string(each) + " degrees, from 127.0.0.1:"));
  }
  EXPECT_THAT(demo.output(), HasSubstr("6 readings of 6"));
}

TEST(TopicPubsub, TellsAnUnknownInterface) {
  process demo({example("topic_pubsub"), "--interface=nosuch0"});
  EXPECT_EQ(demo.await_exit(), 1) << demo.output();
  EXPECT_THAT(demo.output(), HasSubstr("nosuch0"));
}

}  // namespace
}  // namespace dgram::testing
