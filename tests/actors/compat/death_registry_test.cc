#include "caf_dgram/actors/compat/death_registry.h"

#include <caf/all.hpp>

#include <atomic>
#include <memory>
#include <vector>

#include "tests/support/comes_true.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

/// Counts the deaths that it is told of.
caf::behavior mourning(caf::event_based_actor*, std::atomic<int>* deaths,
                       std::atomic<int>* failures) {
  return {[=](const watched_ended& event) {
    ++*deaths;
    if (event.reason) ++*failures;
  }};
}

caf::behavior living(caf::event_based_actor*) {
  return {[](int n) { return n; }};
}

class DeathRegistry : public SocketTest {
 protected:
  caf::actor spawn_watcher() { return system.spawn(mourning, &deaths, &failures); }

  /// Has an actor handle what it has got so far.
  void let_handle(const caf::actor& who) {
    send_request(here.self, who, patience, 1).receive([](int) {}, [](const caf::error&) {});
  }

  std::atomic<int> deaths{0};
  std::atomic<int> failures{0};
  const std::shared_ptr<death_registry> sut = std::make_shared<death_registry>();
};

TEST_F(DeathRegistry, TellsAllThatWatch) {
  const auto one = system.spawn(living);
  std::vector<caf::actor> watchers;
  for (int i = 0; i < 10; ++i) {
    watchers.push_back(spawn_watcher());
    sut->watch(one, watchers.back().address());
  }
  EXPECT_EQ(sut->size(), 1U);
  caf::anon_send_exit(one, caf::exit_reason::kill);
  EXPECT_TRUE(comes_true([&] { return deaths == 10; }));
  EXPECT_EQ(failures, 10);
  EXPECT_EQ(sut->size(), 0U);
}

TEST_F(DeathRegistry, TellsNobodyWhoHasForgotten) {
  const auto one = system.spawn(living);
  const auto first = spawn_watcher();
  const auto second = spawn_watcher();
  for (const auto& each : {first, second}) sut->watch(one, each.address());
  sut->forget(one.address(), first.address());
  caf::anon_send_exit(one, caf::exit_reason::kill);
  here.self->wait_for(one);
  EXPECT_TRUE(comes_true([&] { return deaths == 1; }));
  let_handle(first);
  EXPECT_EQ(deaths, 1);
}

TEST_F(DeathRegistry, WatchesAgainAfterAllHadForgotten) {
  const auto one = system.spawn(living);
  const auto watcher = spawn_watcher();
  for (int i = 0; i < 3; ++i) {
    sut->watch(one, watcher.address());
    sut->forget(one.address(), watcher.address());
  }
  sut->watch(one, watcher.address());
  caf::anon_send_exit(one, caf::exit_reason::kill);
  EXPECT_TRUE(comes_true([&] { return deaths == 1; }));
}

TEST_F(DeathRegistry, LeavesNoTraceAtWhomNobodyWatches) {
  const auto one = system.spawn(living);
  const auto control = caf::actor_cast<caf::strong_actor_ptr>(one);
  const auto before = control->weak_refs.load();
  const auto first = spawn_watcher();
  const auto second = spawn_watcher();
  for (const auto& each : {first, second}) sut->watch(one, each.address());
  sut->forget(one.address(), first.address());
  EXPECT_EQ(sut->size(), 1U);
  EXPECT_GT(control->weak_refs.load(), before);
  sut->forget(one.address(), second.address());
  EXPECT_EQ(sut->size(), 0U);
  EXPECT_EQ(control->weak_refs.load(), before);
}

TEST_F(DeathRegistry, TellsAtOnceOfWhoHasEnded) {
  const auto one = system.spawn(living);
  caf::anon_send_exit(one, caf::exit_reason::kill);
  here.self->wait_for(one);
  const auto watcher = spawn_watcher();
  sut->watch(one, watcher.address());
  EXPECT_TRUE(comes_true([&] { return deaths == 1; }));
}

TEST_F(DeathRegistry, MayBeGoneWhenAnActorEnds) {
  const auto one = system.spawn(living);
  const auto watcher = spawn_watcher();
  {
    const auto gone = std::make_shared<death_registry>();
    gone->watch(one, watcher.address());
  }
  caf::anon_send_exit(one, caf::exit_reason::kill);
  here.self->wait_for(one);
  let_handle(watcher);
  EXPECT_EQ(deaths, 0);
}

}  // namespace
}  // namespace dgram::testing
