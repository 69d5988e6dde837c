#include "tests/support/lab.h"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Lab, HostsOnOneBridgeReachEachOtherAndNoOthers) {
  lab net;
  auto& left = net.bridge();
  auto& right = net.bridge();
  auto& a = net.host();
  auto& b = net.host();
  auto& c = net.host();
  a.attach(left);
  const auto near = b.attach(left);
  const auto far = c.attach(right);
  EXPECT_NO_THROW(a.command({"ip", "-4", "route", "get", near.ipv4}));
  EXPECT_THROW(a.command({"ip", "-4", "route", "get", far.ipv4}), std::runtime_error);
}

TEST(Lab, HostsHaveOnlyTheirOwnInterfaces) {
  lab net;
  auto& bridge = net.bridge();
  auto& a = net.host();
  a.attach(bridge);
  a.attach(bridge);
  const auto links = a.command({"ip", "-o", "link"});
  EXPECT_THAT(links, HasSubstr("eth0"));
  EXPECT_THAT(links, HasSubstr("eth1"));
  EXPECT_THAT(links, Not(HasSubstr("br1")));
}

TEST(Lab, RunsCodeInsideAHostAndPassesExceptionsOn) {
  lab net;
  auto& a = net.host();
  EXPECT_THROW(a.run([] { throw std::logic_error("inside"); }), std::logic_error);
}

TEST(Lab, LeavesNothingBehindWhenItsProcessIsKilled) {
  // The host may have namespaces and links of its own.
  const auto names_before = run({"ip", "netns", "list"});
  const ::pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    lab net;
    auto& bridge = net.bridge();
    net.host().attach(bridge);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  // The namespaces were held by the child alone: neither links nor names are
  // left in ours.
  EXPECT_THAT(run({"ip", "-o", "link"}), Not(HasSubstr("b1h1eth0")));
  EXPECT_EQ(run({"ip", "netns", "list"}), names_before);
}

}  // namespace
}  // namespace dgram::testing
