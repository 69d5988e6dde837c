#include "caf_dgram/actors/config.h"

#include <caf/all.hpp>

#include <sstream>
#include <string>
#include <vector>

#include "caf_dgram/actors/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Reads what a file and a command line say; an error of CAF's fails the test.
caf::expected<runtime_options> read(const std::string& file,
                                    const std::vector<std::string>& arguments = {}) {
  system_config config;
  std::istringstream stream(file);
  const auto why = config.parse(arguments, stream);
  EXPECT_FALSE(why) << to_string(why);
  return read_options(config);
}

caf::expected<runtime_options> read_arguments(const std::vector<std::string>& arguments) {
  return read("", arguments);
}

/// The text of the error that a configuration is refused with.
std::string refusal(const caf::expected<runtime_options>& options) {
  return options ? "accepted" : describe(options.error());
}

/// A value that is given in a file and on the command line.
std::string refusal_in_file(const std::string& name, const std::string& value) {
  return refusal(read("dgram {\n  " + name + " = " + value + "\n}\n"));
}

void expect_as_by_default(const runtime_options& read) {
  const runtime_options usual;
  EXPECT_EQ(read.loops, usual.loops);
  EXPECT_EQ(read.poller, usual.poller);
  EXPECT_EQ(read.spin, usual.spin);
  EXPECT_EQ(read.moderation, usual.moderation);
  EXPECT_EQ(read.resolve_timeout, usual.resolve_timeout);
  EXPECT_EQ(read.max_waiting_for_names, usual.max_waiting_for_names);
  EXPECT_EQ(read.linger, usual.linger);
  EXPECT_EQ(read.receive_memory, usual.receive_memory);
  EXPECT_EQ(read.send_limits.datagrams, usual.send_limits.datagrams);
  EXPECT_EQ(read.send_limits.bytes, usual.send_limits.bytes);
  EXPECT_EQ(read.remote_unacknowledged, usual.remote_unacknowledged);
  EXPECT_EQ(read.report_busy_after, usual.report_busy_after);
  EXPECT_EQ(read.report_waiting_after, usual.report_waiting_after);
}

void expect_as_given(const runtime_options& read) {
  EXPECT_EQ(read.loops, 4U);
  EXPECT_EQ(read.poller, poller_kind::poll);
  EXPECT_EQ(read.spin, 10us);
  EXPECT_EQ(read.moderation, 0us);
  EXPECT_EQ(read.resolve_timeout, 2s);
  EXPECT_EQ(read.max_waiting_for_names, 10U);
  EXPECT_EQ(read.linger, 250ms);
  EXPECT_EQ(read.receive_memory, 65'536U);
  EXPECT_EQ(read.send_limits.datagrams, 100U);
  EXPECT_EQ(read.send_limits.bytes, 1'000'000U);
  EXPECT_EQ(read.remote_unacknowledged, 8'192U);
  EXPECT_EQ(read.report_busy_after, 20ms);
  EXPECT_EQ(read.report_waiting_after, 24h);
}

TEST(Config, WithNothingGivenReadsTheDefaults) {
  const auto options = read("");
  ASSERT_TRUE(options);
  expect_as_by_default(*options);
}

TEST(Config, IsReadFromAFile) {
  const auto options = read(R"(
    dgram {
      loops = 4
      poller = "poll"
      spin = 10us
      moderation = 0s
      resolve-timeout = 2s
      max-waiting-for-names = 10
      linger = 250ms
      receive-memory = 65536
      send-queue-datagrams = 100
      send-queue-bytes = 1000000
      remote-unacknowledged = 8192
      report-busy-after = 20ms
      report-waiting-after = 24h
    })");
  ASSERT_TRUE(options) << refusal(options);
  expect_as_given(*options);
}

TEST(Config, IsReadFromTheCommandLine) {
  const auto options = read_arguments(
      {"--dgram.loops=4", "--dgram.poller=poll", "--dgram.spin=10us", "--dgram.moderation=0s",
       "--dgram.resolve-timeout=2s", "--dgram.max-waiting-for-names=10", "--dgram.linger=250ms",
       "--dgram.receive-memory=65536", "--dgram.send-queue-datagrams=100",
       "--dgram.send-queue-bytes=1000000", "--dgram.remote-unacknowledged=8192",
       "--dgram.report-busy-after=20ms", "--dgram.report-waiting-after=24h"});
  ASSERT_TRUE(options) << refusal(options);
  expect_as_given(*options);
}

TEST(Config, OfTheCommandLineComesBeforeTheFile) {
  const auto options = read("dgram {\n  loops = 2\n  spin = 1ms\n}\n", {"--dgram.loops=3"});
  ASSERT_TRUE(options) << refusal(options);
  EXPECT_EQ(options->loops, 3U);
  EXPECT_EQ(options->spin, 1ms);
}

TEST(Config, LeavesOtherArgumentsAndGroupsAlone) {
  EXPECT_TRUE(read("other {\n  loops = 0\n}\n", {"rest"}));
}

TEST(Config, RefusesNumbersOutOfRange) {
  EXPECT_EQ(refusal_in_file("loops", "0"), "dgram.loops=0: out of range: must be 1 to 1024");
  EXPECT_EQ(refusal_in_file("remote-unacknowledged", "4095"),
            "dgram.remote-unacknowledged=4095: out of range: must be 4096 to 1099511627776");
  EXPECT_EQ(refusal_in_file("loops", "-1"), "dgram.loops=-1: out of range: must be 1 to 1024");
  EXPECT_EQ(refusal(read_arguments({"--dgram.loops=1025"})),
            "dgram.loops=1025: out of range: must be 1 to 1024");
  EXPECT_EQ(refusal_in_file("receive-memory", "4095"),
            "dgram.receive-memory=4095: out of range: must be 4096 to 1099511627776");
  EXPECT_EQ(refusal(read_arguments({"--dgram.send-queue-bytes=0"})),
            "dgram.send-queue-bytes=0: out of range: must be 1 to 1099511627776");
  EXPECT_EQ(code_of(read_arguments({"--dgram.loops=0"}).error()), errc::out_of_range);
}

TEST(Config, TakesBothEndsOfARange) {
  EXPECT_TRUE(
      read_arguments({"--dgram.loops=1024", "--dgram.spin=1s", "--dgram.linger=0s",
                      "--dgram.receive-memory=4096", "--dgram.send-queue-bytes=1099511627776"}));
}

TEST(Config, RefusesDurationsOutOfRange) {
  EXPECT_EQ(refusal_in_file("spin", "2s"), "dgram.spin=2s: out of range: must be 0s to 1s");
  EXPECT_EQ(refusal(read_arguments({"--dgram.spin=-1us"})),
            "dgram.spin=-1us: out of range: must be 0s to 1s");
  EXPECT_THAT(refusal_in_file("linger", "1441min"), HasSubstr("must be 0s to 24h"));
  EXPECT_EQ(refusal(read_arguments({"--dgram.resolve-timeout=999us"})),
            "dgram.resolve-timeout=999us: out of range: must be 1ms to 24h");
}

TEST(Config, RefusesValuesOfAnotherType) {
  EXPECT_EQ(refusal_in_file("loops", "\"many\""),
            "dgram.loops=\"many\": wrong type: must be an integer, 1 to 1024");
  EXPECT_EQ(refusal(read_arguments({"--dgram.loops=many"})),
            "dgram.loops=\"many\": wrong type: must be an integer, 1 to 1024");
  EXPECT_THAT(refusal(read_arguments({"--dgram.loops=4x"})), HasSubstr("\"4x\": wrong type"));
  EXPECT_THAT(refusal(read_arguments({"--dgram.loops=1.5"})), HasSubstr("wrong type"));
  EXPECT_EQ(refusal(read("dgram {\n  spin = 50\n}\n")),
            "dgram.spin=50: wrong type: must be a duration with its unit, 0s to 1s");
  EXPECT_THAT(refusal_in_file("poller", "4"), HasSubstr("wrong type: must be \"epoll\" or"));
  EXPECT_EQ(code_of(read_arguments({"--dgram.loops=many"}).error()), errc::wrong_type);
}

TEST(Config, RefusesAPollerThatDoesNotExist) {
  EXPECT_EQ(refusal(read_arguments({"--dgram.poller=kqueue"})),
            "dgram.poller=\"kqueue\": out of range: must be \"epoll\" or \"poll\"");
}

TEST(Config, RefusesAnOptionThatDoesNotExist) {
  EXPECT_EQ(refusal_in_file("lops", "4"), "dgram.lops: no such option");
}

TEST(Config, RefusesAValueInPlaceOfItsGroup) {
  system_config config;
  config.content["dgram"] = caf::config_value{4};
  EXPECT_EQ(refusal(read_options(config)), "dgram=4: wrong type: must be a group of options");
}

TEST(Config, ListsItsOptionsInTheHelpText) {
  caf::config_option_set options;
  add_options(options);
  const auto text = options.help_text(false);
  for (const char* line :
       {"--dgram.loops=<integer>", "--dgram.poller=<string>", "--dgram.spin=<duration>",
        "--dgram.moderation=<duration>", "--dgram.resolve-timeout=<duration>",
        "--dgram.max-waiting-for-names=<integer>", "--dgram.linger=<duration>",
        "--dgram.receive-memory=<integer>", "--dgram.send-queue-datagrams=<integer>",
        "--dgram.send-queue-bytes=<integer>", "--dgram.report-busy-after=<duration>",
        "--dgram.report-waiting-after=<duration>"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

// The table of config.h.

TEST(Config, HasTheDefaultsOfItsTable) {
  const auto options = read("");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->loops, 1U);
  EXPECT_EQ(options->poller, default_poller_kind());
  EXPECT_EQ(options->spin, 50us);
  EXPECT_EQ(options->moderation, 60us);
  EXPECT_EQ(options->resolve_timeout, 30s);
  EXPECT_EQ(options->max_waiting_for_names, 1024U);
  EXPECT_EQ(options->linger, 1s);
  EXPECT_EQ(options->receive_memory, 8'388'608U);
  EXPECT_EQ(options->send_limits.datagrams, 65'536U);
  EXPECT_EQ(options->send_limits.bytes, 16'777'216U);
  EXPECT_EQ(options->remote_unacknowledged, 1'048'576U);
  EXPECT_EQ(options->report_busy_after, 1s);
  EXPECT_EQ(options->report_waiting_after, 5s);
}

TEST(Config, HasTheRangesOfItsTable) {
  struct range {
    const char* option;
    const char* too_little;
    const char* rule;
  };
  for (const auto& [option, too_little, rule] :
       {range{"loops", "0", "1 to 1024"}, range{"max-waiting-for-names", "0", "1 to 1000000"},
        range{"receive-memory", "4095", "4096 to 1099511627776"},
        range{"remote-unacknowledged", "4095", "4096 to 1099511627776"},
        range{"send-queue-datagrams", "0", "1 to 16777216"},
        range{"send-queue-bytes", "0", "1 to 1099511627776"}, range{"spin", "-1ns", "0s to 1s"},
        range{"moderation", "-1us", "0s to 1s"}, range{"resolve-timeout", "999us", "1ms to 24h"},
        range{"linger", "-1ms", "0s to 24h"}, range{"report-busy-after", "-1ms", "0s to 24h"},
        range{"report-waiting-after", "-1s", "0s to 24h"}}) {
    const auto given = std::string("dgram.") + option + "=" + too_little;
    EXPECT_EQ(refusal(read_arguments({"--" + given})), given + ": out of range: must be " + rule);
  }
}

TEST(Config, TakesTheLeastOfEachRange) {
  EXPECT_EQ(
      refusal(read_arguments(
          {"--dgram.loops=1", "--dgram.max-waiting-for-names=1", "--dgram.receive-memory=4096",
           "--dgram.remote-unacknowledged=4096", "--dgram.send-queue-datagrams=1",
           "--dgram.send-queue-bytes=1", "--dgram.spin=0s", "--dgram.moderation=0s",
           "--dgram.resolve-timeout=1ms", "--dgram.linger=0s", "--dgram.report-busy-after=0s",
           "--dgram.report-waiting-after=0s", "--dgram.poller=epoll"})),
      "accepted");
}

}  // namespace
}  // namespace dgram
