// The examples that need no peer: each checks itself and exits 0 only if all went well.

#include <string>

#include "caf_dgram/dgram/posix/socket.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

TEST(Hello, SendsItselfADatagram) {
  EXPECT_THAT(run({example("hello")}), HasSubstr("hello from 127.0.0.1:"));
}

TEST(Hello, EndsWhenItsPortIsTaken) {
  auto taken = *socket::open(family::udp4);
  ASSERT_TRUE(taken.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto port = std::to_string(taken.local_endpoint()->port());
  process program({example("hello"), port});
  EXPECT_EQ(program.await_exit(), 1);
  EXPECT_THAT(program.output(), HasSubstr("bind 127.0.0.1:" + port + ": EADDRINUSE"));
}

TEST(TypedCounter, ListensAndAnswersWithAnInterfaceOfItsOwn) {
  const auto output = run({example("typed_counter")});
  EXPECT_THAT(output, HasSubstr("number 3"));
  EXPECT_THAT(output, HasSubstr("counted 3"));
}

TEST(Supervisor, OpensASocketAnewOnTheSamePortAfterEachKill) {
  const auto output = run({example("supervisor")});
  for (const auto* round : {"round 0", "round 1", "round 2", "round 3"}) {
    EXPECT_THAT(output, HasSubstr(round));
  }
}

}  // namespace
}  // namespace dgram::testing
