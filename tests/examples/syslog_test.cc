// The syslog client against a real rsyslogd that reads a socket of the test's.

#include <csignal>
#include <fstream>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace dgram::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// rsyslogd, writing what it understood of each message to standard output.
class Syslog : public ::testing::Test {
 protected:
  Syslog() {
    std::ofstream(directory.file("conf")) << R"(global(processInternalMessages="on")
              module(load="imuxsock" SysSock.Use="off")
              input(type="imuxsock" UseSpecialParser="off" Socket=")"
                                          << path << R"(")
              template(name="seen" type="string" string=")"
                                          << format << R"(\n")
              action(type="omfile" file="/dev/stdout" template="seen")
)";
    server.emplace(
        process({"rsyslogd", "-n", "-i", directory.file("pid"), "-f", directory.file("conf")}));
    // It logs its own start through the same rules.
    EXPECT_TRUE(server->await_output("[rsyslogd]")) << server->output();
  }

  std::string expected(const std::string& facility, const std::string& severity,
                       const std::string& tag, const std::string& message) {
    return "[" + tag + "] " + facility + "." + severity + ":" + message;
  }

  static constexpr const char* format =
      "[%programname%] %syslogfacility-text%.%syslogseverity-text%:"
      "%msg:::drop-last-lf,sp-if-no-1st-sp%%msg:::drop-last-lf%";

  temp_dir directory;
  const std::string path = directory.file("log");
  std::optional<process> server;
};

TEST_F(Syslog, UnderstandsRfc3164) {
  run({example("syslog_client"), "--path=" + path, "--facility=4", "--severity=3", "--tag=demo",
       "disk", "is", "full"});
  EXPECT_TRUE(server->await_output(expected("auth", "err", "demo", " disk is full")))
      << server->output();
}

TEST_F(Syslog, UnderstandsRfc5424) {
  run({example("syslog_client"), "--path=" + path, "--format=rfc5424", "--facility=16",
       "--severity=7", "--tag=other", "all is well"});
  EXPECT_TRUE(server->await_output(expected("local0", "debug", "other", " all is well")))
      << server->output();
}

TEST(SyslogClient, FailsWhereNobodyListens) {
  const temp_dir directory;
  process client({example("syslog_client"), "--path=" + directory.file("none"), "hello"});
  EXPECT_EQ(client.await_exit(), 1);
  EXPECT_THAT(client.output(), AllOf(HasSubstr("ENOENT"), HasSubstr(directory.file("none"))));
}

TEST(SyslogClient, RefusesSeveritiesThatAreNone) {
  process client({example("syslog_client"), "--severity=8", "hello"});
  EXPECT_EQ(client.await_exit(), 2);
}

}  // namespace
}  // namespace dgram::testing
