#include "caf_dgram/actors/resolver.h"

#include <caf/all.hpp>

#include <atomic>
#include <chrono>

#include "caf_dgram/actors/resolve/shared_resolver.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/scripted_resolver.h"
#include "tests/support/socket_test.h"
#include "tests/support/unresolvable.h"

namespace dgram::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class Resolver : public ::testing::Test {
 protected:
  caf::expected<resolved> ask(const resolver_actor& resolver, family f, const std::string& name) {
    caf::expected<resolved> result{caf::sec::request_timeout};
    send_request(self, resolver, patience, resolve{f, name})
        .receive([&](resolved& found) { result = std::move(found); },
                 [&](caf::error& why) { result = std::move(why); });
    return result;
  }

  system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
};

TEST_F(Resolver, FindsLocalhost) {
  const auto resolver = spawn_resolver(system);
  const auto found = ask(resolver, family::udp4, "localhost");
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_THAT(found->addresses, Contains(endpoint::loopback(family::udp4, 0)));
}

TEST_F(Resolver, FailsWithTheNameAndTheReason) {
  const auto resolver = spawn_resolver(system);
  const auto found = ask(resolver, family::udp4, unresolvable);
  ASSERT_FALSE(found);
  EXPECT_EQ(code_of(found.error()), errc::name_not_resolved);
  EXPECT_THAT(describe(found.error()), HasSubstr(unresolvable));
}

TEST_F(Resolver, AnswersMoreQuestionsThanItHasThreads) {
  const auto resolver = spawn_resolver(system, lookup_limits{patience, 1});
  for (int i = 0; i < 20; ++i) {
    send_message(self, resolver, resolve{family::udp4, "127.0.0." + std::to_string(i + 1)});
  }
  EXPECT_TRUE(ask(resolver, family::udp4, "localhost"));
}

TEST_F(Resolver, SharesOneLookUpForANameInFlight) {
  scripted_resolver script(system);
  const auto sut = spawn_shared_resolver(system, script.handle(), patience);
  auto a1 = send_request(self, sut, patience, resolve{family::udp4, "a.test"});
  auto a2 = send_request(self, sut, patience, resolve{family::udp4, "a.test"});
  auto b = send_request(self, sut, patience, resolve{family::udp4, "b.test"});
  auto a6 = send_request(self, sut, patience, resolve{family::udp6, "a.test"});
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  EXPECT_EQ(script.await_question(), "udp4 b.test");
  EXPECT_EQ(script.await_question(), "udp6 a.test");
  script.answer_all(endpoint::loopback(family::udp4, 0));
  int answered = 0;
  const auto count = [&](const resolved&) { ++answered; };
  const auto fail = [](const caf::error& why) { ADD_FAILURE() << describe(why); };
  std::move(a1).receive(count, fail);
  std::move(a2).receive(count, fail);
  std::move(b).receive(count, fail);
  std::move(a6).receive(count, fail);
  EXPECT_EQ(answered, 4);
  // What is answered is not kept: the next question is a new look-up.
  auto again = send_request(self, sut, patience, resolve{family::udp4, "a.test"});
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  script.answer_all(endpoint::loopback(family::udp4, 0));
  std::move(again).receive(count, fail);
}

TEST_F(Resolver, PassesOnAFailureToAllWhoWait) {
  scripted_resolver script(system);
  const auto sut = spawn_shared_resolver(system, script.handle(), patience);
  auto a1 = send_request(self, sut, patience, resolve{family::udp4, "a.test"});
  auto a2 = send_request(self, sut, patience, resolve{family::udp4, "a.test"});
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  script.fail_all("no such name today");
  int failures = 0;
  for (auto* request : {&a1, &a2}) {
    std::move(*request).receive([](const resolved&) { ADD_FAILURE(); },
                                [&](const caf::error& why) {
                                  EXPECT_THAT(to_string(why), HasSubstr("no such name today"));
                                  ++failures;
                                });
  }
  EXPECT_EQ(failures, 2);
}

TEST_F(Resolver, GivesUpAQuestionThatIsNotAnsweredAndAsksAnew) {
  scripted_resolver script(system);
  const auto sut = spawn_shared_resolver(system, script.handle(), std::chrono::milliseconds(20));
  EXPECT_FALSE(ask(sut, family::udp4, "a.test"));
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  EXPECT_FALSE(ask(sut, family::udp4, "a.test"));
  EXPECT_EQ(script.await_question(), "udp4 a.test");
}

TEST_F(Resolver, FailsWhenItsBackendIsGone) {
  scripted_resolver script(system);
  const auto sut = spawn_shared_resolver(system, script.handle(), patience);
  self->send_exit(script.handle(), caf::exit_reason::kill);
  self->wait_for(script.handle());
  EXPECT_FALSE(ask(sut, family::udp4, "a.test"));
}

TEST_F(Resolver, HasAThreadAndPatienceWhateverItsLimitsAre) {
  const auto resolver = spawn_resolver(system, lookup_limits{std::chrono::milliseconds::max(), 0});
  EXPECT_TRUE(ask(resolver, family::udp4, "localhost"));
}

}  // namespace
}  // namespace dgram::testing
