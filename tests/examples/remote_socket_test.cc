// A published socket and its user as two programs.

#include <csignal>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace dgram::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(RemoteSocketExample, IsUsedFromAnotherProcess) {
  process server({example("remote_socket"), "--role=serve"});
  ASSERT_TRUE(server.await_output("published on port ")) << server.output();
  ASSERT_TRUE(server.await_output("\n"));
  const auto port = server.output().substr(std::string("published on port ").size());
  process user({example("remote_socket"), "--role=use", "--message=over the wire",
                "--port=" + port.substr(0, port.find('\n'))});
  EXPECT_EQ(user.await_exit(), 0) << user.output();
  EXPECT_THAT(user.output(), AllOf(HasSubstr("over the wire from 127.0.0.1:"),
                                   HasSubstr("close: the facade does not permit it")));
  server.signal(SIGTERM);
  EXPECT_EQ(server.await_exit(), 0) << server.output();
}

TEST(RemoteSocketExample, ShowsBothSidesInOneProcess) {
  EXPECT_THAT(run({example("remote_socket")}), HasSubstr("hello from 127.0.0.1:"));
}

TEST(RemoteSocketExample, FailsWhereNothingIsPublished) {
  process user({example("remote_socket"), "--role=use", "--port=1"});
  EXPECT_EQ(user.await_exit(), 1);
}

}  // namespace
}  // namespace dgram::testing
