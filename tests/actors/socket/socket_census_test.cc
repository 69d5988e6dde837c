#include "caf_dgram/actors/socket/socket_census.h"

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using kind = socket_census::kind;

constexpr milliseconds long_enough{20'000};

/// For waits that end before they report.
void no_report(const std::vector<std::string>&) { ADD_FAILURE() << "reported"; }

TEST(SocketCensus, CountsSocketsAndWaitsForReferencedOnesOnly) {
  const auto sut = std::make_shared<socket_census>();
  std::optional<socket_census::entry> referenced(sut->add(kind::referenced, "a"));
  const auto unreferenced = sut->add(kind::unreferenced, "b");
  const auto group = sut->add(kind::group, "c");
  EXPECT_EQ(sut->open(), 2U);
  referenced.reset();
  EXPECT_EQ(sut->open(), 1U);
  EXPECT_EQ(sut->opened(), 2U);
  sut->await_none_referenced(long_enough, no_report);
}

TEST(SocketCensus, WakesTheWaiterWithTheLastReferencedOne) {
  const auto sut = std::make_shared<socket_census>();
  std::vector<socket_census::entry> entries;
  entries.push_back(sut->add(kind::referenced, "a"));
  entries.push_back(sut->add(kind::referenced, "b"));
  std::thread remover([&] { entries.clear(); });
  sut->await_none_referenced(long_enough, no_report);
  remover.join();
  EXPECT_EQ(sut->open(), 0U);
}

TEST(SocketCensus, NeverReportsWithAPatienceOfZero) {
  const auto sut = std::make_shared<socket_census>();
  auto one = sut->add(kind::referenced, "a");
  std::thread remover([gone = std::move(one)]() mutable {
    // Long enough for a report that comes at once.
    std::this_thread::sleep_for(milliseconds(20));
    gone = {};
  });
  sut->await_none_referenced(milliseconds(0), no_report);
  remover.join();
}

TEST(SocketCensus, WaitsForGroupsTooWhenAskedForNone) {
  const auto sut = std::make_shared<socket_census>();
  auto group = sut->add(kind::group, "a");
  std::thread remover([gone = std::move(group)]() mutable { gone = {}; });
  sut->await_none(long_enough, no_report);
  remover.join();
}

TEST(SocketCensus, ReportsOnceWhatItStillWaitsForUnderItsLatestName) {
  const auto sut = std::make_shared<socket_census>();
  auto one = sut->add(kind::referenced, "old");
  const auto other = sut->add(kind::unreferenced, "other");
  one.rename("new");
  std::vector<std::string> reported;
  sut->await_none_referenced(milliseconds(1), [&](std::vector<std::string> names) {
    reported = std::move(names);
    one = {};
  });
  EXPECT_THAT(reported, ElementsAre("new"));
}

TEST(SocketCensus, WaitsForActorsAndCountsThemNotAsSockets) {
  const auto sut = std::make_shared<socket_census>();
  auto one = sut->add(kind::actor, "actor a#1");
  EXPECT_EQ(sut->open(), 0U);
  EXPECT_EQ(sut->opened(), 0U);
  std::vector<std::string> reported;
  sut->await_none_referenced(milliseconds(1), [&](std::vector<std::string> names) {
    reported = std::move(names);
    one = {};
  });
  EXPECT_THAT(reported, ElementsAre("actor a#1"));
}

TEST(SocketCensus, WaitsForHiddenActorsOnlyWhenAskedForNone) {
  const auto sut = std::make_shared<socket_census>();
  auto one = sut->add(kind::hidden_actor, "actor a#1");
  sut->await_none_referenced(long_enough, no_report);
  std::vector<std::string> reported;
  sut->await_none(milliseconds(1), [&](std::vector<std::string> names) {
    reported = std::move(names);
    one = {};
  });
  EXPECT_THAT(reported, ElementsAre("actor a#1"));
}

TEST(SocketCensus, TellsOfTheShutdownOnceAndAtOnceIfItHasBegun) {
  const auto sut = std::make_shared<socket_census>();
  std::vector<std::string> told;
  auto early = sut->add(kind::actor, "early");
  auto gone = sut->add(kind::actor, "gone");
  early.on_shutdown([&] { told.emplace_back("early"); });
  gone.on_shutdown([&] { told.emplace_back("gone"); });
  gone = {};
  EXPECT_TRUE(told.empty());
  sut->shut_down();
  sut->shut_down();
  EXPECT_THAT(told, ElementsAre("early"));
  auto late = sut->add(kind::actor, "late");
  late.on_shutdown([&] { told.emplace_back("late"); });
  EXPECT_THAT(told, ElementsAre("early", "late"));
}

TEST(SocketCensus, MovesAnEntryWithoutCountingItTwice) {
  const auto sut = std::make_shared<socket_census>();
  auto one = sut->add(kind::referenced, "a");
  auto moved = std::move(one);
  EXPECT_EQ(sut->open(), 1U);
  moved = sut->add(kind::referenced, "b");
  EXPECT_EQ(sut->open(), 1U);
}

TEST(SocketCensus, GoesOnWaitingAfterItsReport) {
  const auto sut = std::make_shared<socket_census>();
  auto one = sut->add(kind::referenced, "a");
  std::atomic<bool> is_gone{false};
  std::promise<void> reported;
  std::thread remover([&, gone = std::move(one), told = reported.get_future()]() mutable {
    told.wait();
    // Long enough for a wait that ends with the report.
    std::this_thread::sleep_for(milliseconds(20));
    is_gone = true;
    gone = {};
  });
  sut->await_none_referenced(milliseconds(1),
                             [&](const std::vector<std::string>&) { reported.set_value(); });
  EXPECT_TRUE(is_gone);
  remover.join();
}

TEST(SocketCensus, AskedForNoneReturnsAfterTheLastGroup) {
  const auto sut = std::make_shared<socket_census>();
  auto group = sut->add(kind::group, "a");
  std::atomic<bool> is_gone{false};
  std::thread remover([&, gone = std::move(group)]() mutable {
    // Long enough for one that does not wait.
    std::this_thread::sleep_for(milliseconds(20));
    is_gone = true;
    gone = {};
  });
  sut->await_none(long_enough, no_report);
  EXPECT_TRUE(is_gone);
  remover.join();
}

}  // namespace
}  // namespace dgram
