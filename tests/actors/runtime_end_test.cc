// Every order in which a runtime's copies, its actor system, its sockets and the
// actors that use them can end.

#include <pthread.h>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/compat/scheduling.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/comes_true.h"
#include "tests/support/socket_test.h"
#include "tests/support/usage.h"

namespace dgram::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

/// A configuration with a scheduler of one thread, which blocks at once whatever
/// waits for an actor on it.
struct one_thread : system_config {
  one_thread() { use_threads(*this, 1); }
};

/// Sends itself a datagram through a socket of its own, then ends.
caf::behavior send_to_itself(caf::event_based_actor* self, const runtime& net,
                             std::promise<std::string>* result) {
  const auto sock = net.open(family::udp4, self, {"127.0.0.1", 0});
  if (!sock) {
    result->set_value(describe(sock.error()));
    return {};
  }
  send_request(self, *sock, caf::infinite, get_local_address{})
      .then([self, sock](const endpoint& local) {
        tell(self, *sock, dgram::send{"x", local});
      });
  return {[self, result](const message_event& event) {
            result->set_value(std::string(event.data.view()));
            self->quit();
          },
          [](const error_event&) {}, [](const close_event&) {}};
}

TEST(RuntimeEnd, AnActorThatHoldsACopyOpensSocketsAfterMainsBody) {
  one_thread config;
  std::promise<std::string> result;
  std::promise<void> main_is_done;
  {
    caf::actor_system system{config};
    std::optional<runtime> net(std::in_place, system, test_options());
    system.spawn<caf::detached>(
        [&result, gone = main_is_done.get_future().share()](caf::event_based_actor* self,
                                                            const runtime& held) -> caf::behavior {
          gone.wait();
          return send_to_itself(self, held, &result);
        },
        *net);
    net.reset();
    main_is_done.set_value();
  }
  EXPECT_EQ(result.get_future().get(), "x");
}

TEST(RuntimeEnd, AnOpenAfterAShutdownIsAnsweredClosedForAnyCopy) {
  std::promise<std::string> result;
  system_config config;
  caf::actor_system system{config};
  const runtime net{system, test_options()};
  const auto copy = net;
  net.shutdown();
  system.spawn(send_to_itself, copy, &result);
  EXPECT_THAT(result.get_future().get(), HasSubstr("closed"));
}

TEST(RuntimeEnd, ACopyThatOutlivesTheActorSystemAnswersClosed) {
  std::optional<runtime> net;
  socket_actor sock;
  {
    system_config config;
    caf::actor_system system{config};
    net.emplace(system, test_options());
    sock = *net->open(family::udp4);
  }
  EXPECT_THAT(net->open(family::udp4).error(), FailsWith(errc::closed));
  EXPECT_THAT(net->open_group(family::udp4).error(), FailsWith(errc::closed));
  EXPECT_EQ(net->open_sockets(), 0U);
  EXPECT_TRUE(net->get_statistics().loops.empty());
  net->shutdown();
}

TEST(RuntimeEnd, InAnActorsHandlerIsOnlyStarted) {
  one_thread config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  for (int i = 0; i < 20; ++i) {
    auto net = std::make_shared<std::optional<runtime>>();
    net->emplace(system, test_options());
    const auto sock = *(*net)->open(family::udp4);
    const auto user = system.spawn([net](caf::event_based_actor* me) -> caf::behavior {
      return {[net, me](const std::string&) {
        net->reset();
        me->quit();
        return std::string("done");
      }};
    });
    net = nullptr;
    send_request(self, user, patience, "end")
        .receive([](const std::string&) {},
                 [](const caf::error& why) { ADD_FAILURE() << describe(why); });
    self->wait_for(sock);
  }
}

TEST(RuntimeEnd, OfARuntimeThatAnActorMadeInItsHandlerIsOnlyStarted) {
  one_thread config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto user = system.spawn([](caf::event_based_actor* me) -> caf::behavior {
    return {[me](const std::string&) {
      const runtime net{me->system(), test_options()};
      return static_cast<bool>(net.open(family::udp4));
    }};
  });
  send_request(self, user, patience, "go")
      .receive([](bool opened) { EXPECT_TRUE(opened); },
               [](const caf::error& why) { ADD_FAILURE() << describe(why); });
}

/// Keeps a copy in its state until it gets a message, or until nobody has a handle to
/// it any more.
struct holding {
  std::optional<runtime> net;
};

caf::behavior hold(caf::stateful_actor<holding>* self, const runtime& net) {
  state_of(self).net = net;
  return {[self](const std::string&) { self->quit(); }, [](const listening_event&) {},
          [](const error_event&) {}, [](const close_event&) {}};
}

TEST(RuntimeEnd, InTheDestructorOfAnActorsStateIsOnlyStarted) {
  one_thread config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  for (int i = 0; i < 20; ++i) {
    std::optional<runtime> net(std::in_place, system, test_options());
    const auto sock = *net->open(family::udp4);
    const auto user = system.spawn(hold, *net);
    net.reset();
    send_message(self, user, "end");
    self->wait_for(user, sock);
  }
}

/// The same, and notes whether that happens on a loop's thread.
class noting_holder : public caf::event_based_actor {
 public:
  noting_holder(caf::actor_config& config, runtime net, std::atomic<int>* ended_on_loops)
      : caf::event_based_actor(config), net_(std::move(net)), ended_on_loops_(ended_on_loops) {}

  ~noting_holder() override {
    std::array<char, 16> name{};
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    if (std::string_view(name.data()).rfind("dgram.loop", 0) == 0) ++*ended_on_loops_;
  }

  caf::behavior make_behavior() override {
    return {[](const std::string&) { return std::string("started"); }, [](const error_event&) {},
            [](const close_event&) {}};
  }

 private:
  runtime net_;
  std::atomic<int>* ended_on_loops_;
};

TEST(RuntimeEnd, OnALoopsThreadIsOnlyStarted) {
  one_thread config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  std::atomic<int> ended_on_loops{0};
  for (int i = 0; i < 20; ++i) {
    std::optional<runtime> net(std::in_place, system, test_options());
    open_options with;
    caf::actor last = system.spawn<noting_holder>(*net, &ended_on_loops);
    with.listener = last;
    with.owner = nobody;
    send_request(self, last, patience, std::string())
        .receive([](const std::string&) {},
                 [](const caf::error& why) { ADD_FAILURE() << describe(why); });
    const auto sock = *net->open(family::udp4, with);
    with.listener = nullptr;
    net.reset();
    // No event follows with which the scheduler would hold it longer.
    tell(self, sock, unsubscribe{std::exchange(last, {})});
    self->wait_for(sock);
  }
  EXPECT_GT(ended_on_loops, 0);
}

TEST(RuntimeEnd, OnAForeignThreadWaitsAndLeavesNothing) {
  one_thread config;
  caf::actor_system system{config};
  const auto before = open_descriptors();
  std::optional<runtime> net(std::in_place, system, test_options());
  const auto sock = *net->open(family::udp4);
  std::thread([&] {
    net.reset();
    EXPECT_EQ(open_descriptors(), before);
  }).join();
}

TEST(RuntimeEnd, WithAScopedActorThatWasMadeBeforeClosesItsSockets) {
  one_thread config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  socket_actor sock;
  {
    const runtime net{system, test_options()};
    sock = *net.open(family::udp4, self);
  }
  EXPECT_THAT(ask(self, sock, get_local_address{}).error(), FailsWith(errc::closed));
}

TEST(RuntimeEnd, WithAScopedActorThatWasMadeAfterwardsClosesItsSockets) {
  one_thread config;
  caf::actor_system system{config};
  const auto before = open_descriptors();
  {
    const runtime net{system, test_options()};
    caf::scoped_actor self{system};
    ASSERT_TRUE(net.open(family::udp4, self));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(RuntimeEnd, WaitsForASocketWhoseOwnerStillWorks) {
  system_config config;
  caf::actor_system system{config};
  std::atomic<bool> ended{false};
  {
    const runtime net{system, test_options()};
    const auto user = system.spawn([&ended](caf::event_based_actor* self) -> caf::behavior {
      send_delayed(self, self, milliseconds(50), std::string("end"));
      return {[self, &ended](const std::string&) {
                ended = true;
                self->quit();
              },
              [](const close_event&) {}};
    });
    ASSERT_TRUE(net.open(family::udp4, user));
  }
  EXPECT_TRUE(ended);
}

/// What a runtime's end says on stderr, before `sock` lets it go on.
std::string line_while_ending(std::optional<runtime>& net, const caf::scoped_actor& self,
                              const socket_actor& sock) {
  const captured_stderr captured;
  std::thread ender([&] { net.reset(); });
  auto line = captured.line();
  tell(self, sock, close{});
  ender.join();
  return line;
}

TEST(RuntimeEnd, SaysOnStderrWhatItStillWaitsFor) {
  system_config config;
  caf::actor_system system{config};
  auto options = test_options();
  options.report_waiting_after = milliseconds(1);
  std::optional<runtime> net(std::in_place, system, options);
  auto with = at({"127.0.0.1", 0});
  with.referenced = true;
  const auto sock = *net->open(family::udp4, with);
  caf::scoped_actor self{system};
  const auto address = ask(self, sock, get_local_address{})->to_string();
  EXPECT_THAT(line_while_ending(net, self, sock), HasSubstr("waits for udp4 " + address));
}

TEST(RuntimeEnd, SaysNothingIfItNeverHasToOrNotForYears) {
  system_config config;
  caf::actor_system system{config};
  for (const auto never : {milliseconds(0), milliseconds(-1), milliseconds::max()}) {
    auto options = test_options();
    options.report_waiting_after = never;
    std::optional<runtime> net(std::in_place, system, options);
    auto with = at({"127.0.0.1", 0});
    with.referenced = true;
    const auto sock = *net->open(family::udp4, with);
    caf::scoped_actor self{system};
    const captured_stderr captured;
    std::thread ender([&] { net.reset(); });
    // Long enough for a line that comes at once.
    std::this_thread::sleep_for(milliseconds(20));
    tell(self, sock, close{});
    ender.join();
    std::fputs("nothing before\n", stderr);
    EXPECT_EQ(captured.line(), "nothing before\n");
  }
}

/// A resolver that tells who asked it.
resolver_actor::behavior_type revealing_resolver(resolver_actor::pointer self,
                                                 std::promise<caf::actor>* asker) {
  return {[self, asker](const resolve&) -> caf::result<resolved> {
    asker->set_value(caf::actor_cast<caf::actor>(self->current_sender()));
    return caf::make_error(caf::sec::runtime_error);
  }};
}

TEST(RuntimeEnd, EndsTheActorThatAsksTheResolver) {
  system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  std::promise<caf::actor> asker;
  auto options = test_options();
  options.resolver = system.spawn(revealing_resolver, &asker);
  std::optional<runtime> net(std::in_place, system, options);
  tell(self, *net->open(family::udp4), dgram::send{"x", "a.test", 9});
  const auto shared = asker.get_future().get();
  net.reset();
  self->monitor(shared);
  self->receive([](const caf::down_msg&) {},
                caf::after(patience) >> [] { ADD_FAILURE() << "it lives on"; });
  self->send_exit(options.resolver, caf::exit_reason::kill);
}

// -- ownership ----------------------------------------------------------------

using Ownership = SocketTest;

TEST_F(Ownership, SocketsCloseWithTheListenerThatOpenedThem) {
  const auto before = open_descriptors();
  for (int i = 0; i < 500; ++i) {
    system.spawn([this](caf::event_based_actor* self) -> caf::behavior {
      EXPECT_TRUE(here.net.open(family::udp4, self));
      self->quit();
      return {};
    });
  }
  EXPECT_TRUE(comes_true([this] { return here.net.get_statistics().opened == 500; }));
  EXPECT_TRUE(comes_true([this] { return here.net.open_sockets() == 0; }));
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(Ownership, TheOwnersEndSendsWhatWasAcceptedBefore) {
  const auto [receiver, at] = here.open_bound(family::udp4, here.self);
  here.await<listening_event>();
  const auto owner = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](const std::string&) { self->quit(); }};
  });
  open_options with;
  with.owner = owner;
  const auto sock = here.open(family::udp4, with);
  for (int i = 0; i < 100; ++i) tell(here.self, sock, dgram::send{"x", at});
  send_message(here.self, owner, "end");
  here.self->wait_for(sock);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(here.next_line(), "message x");
}

TEST_F(Ownership, ASocketOfNobodyOutlivesItsListener) {
  const auto listener = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](const std::string&) { self->quit(); }};
  });
  open_options with;
  with.listener = listener;
  with.owner = nobody;
  const auto sock = here.open(family::udp4, with);
  send_message(here.self, listener, "end");
  here.self->wait_for(listener);
  EXPECT_TRUE(here.ask<statistics>(sock, get_statistics{}));
  EXPECT_EQ(here.net.open_sockets(), 1U);
}

TEST_F(Ownership, AnOwnerThatEndedBeforeTheOpenClosesTheSocketAtOnce) {
  const auto owner = system.spawn([](caf::event_based_actor*) {});
  here.self->wait_for(owner);
  open_options with;
  with.owner = owner;
  const auto sock = here.open(family::udp4, with);
  here.self->wait_for(sock);
}

TEST_F(Ownership, AGroupClosesWithItsOwner) {
  const auto owner = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](const std::string&) { self->quit(); }};
  });
  auto with = heard_by(here.self);
  with.owner = owner;
  const auto group = *here.net.open_group(family::udp4, with);
  here.await<listening_event>();
  send_message(here.self, owner, "end");
  EXPECT_EQ(here.next_line(), "close");
  here.self->wait_for(group);
}

TEST(RuntimeEnd, WaitsForTheActorsOfTheRuntime) {
  std::promise<void> go_on;
  std::atomic<bool> is_busy{false};
  std::atomic<bool> goes_on{false};
  one_thread config;
  caf::actor_system system{config};
  std::optional<runtime> net(std::in_place, system, test_options());
  const auto opener = net->opener();
  // Actors of the scheduler cannot end before this one lets them.
  system.spawn([&is_busy, may_end = go_on.get_future().share()](caf::event_based_actor*) {
    is_busy = true;
    may_end.wait();
  });
  ASSERT_TRUE(comes_true([&] { return is_busy.load(); }));
  std::thread releaser([&] {
    // One that did not wait would have returned meanwhile.
    std::this_thread::sleep_for(milliseconds(50));
    goes_on = true;
    go_on.set_value();
  });
  net.reset();
  EXPECT_TRUE(goes_on);
  releaser.join();
  caf::scoped_actor self{system};
  self->monitor(opener);
  self->receive([](const caf::down_msg&) {},
                caf::after(patience) >> [] { ADD_FAILURE() << "the opener lives on"; });
}

TEST(RuntimeEnd, OfOneLeavesTheOtherToTheSystemsEnd) {
  std::optional<runtime> left;
  {
    system_config config;
    caf::actor_system system{config};
    std::optional<runtime> first(std::in_place, system, test_options());
    left.emplace(system, test_options());
    first.reset();
    EXPECT_TRUE(left->open(family::udp4));
    EXPECT_TRUE(left->opener());
  }
  const auto sock = left->open(family::udp4);
  ASSERT_FALSE(sock);
  EXPECT_THAT(sock.error(), FailsWith(errc::closed));
  EXPECT_FALSE(left->opener());
}

TEST(RuntimeEnd, WithTheSystemOpensNothingMoreWhileItWaits) {
  std::optional<runtime> net;
  std::thread user;
  {
    system_config config;
    caf::actor_system system{config};
    net.emplace(system, test_options());
    open_options with;
    with.referenced = true;
    const auto sock = *net->open(family::udp4, with);
    user = std::thread([&net, sock] {
      EXPECT_TRUE(comes_true([&] {
        const auto other = net->open(family::udp4);
        return !other && code_of(other.error()) == errc::closed;
      }));
      send_anonymously(sock, close{});
    });
  }
  user.join();
}

TEST_F(Ownership, ASocketClosesWithItsOwnerThoughThatHasUnsubscribed) {
  const auto owner = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](const std::string&) { self->quit(); }};
  });
  const auto sock = *here.net.open(family::udp4, owner);
  ASSERT_FALSE(here.tell(sock, unsubscribe{owner}));
  send_message(here.self, owner, "end");
  EXPECT_TRUE(comes_true([this] { return here.net.open_sockets() == 0; }));
}

TEST(RuntimeEnd, NamesASocketByTheAddressThatItWasBoundToLater) {
  system_config config;
  caf::actor_system system{config};
  auto options = test_options();
  options.report_waiting_after = milliseconds(1);
  std::optional<runtime> net(std::in_place, system, options);
  open_options with;
  with.referenced = true;
  const auto sock = *net->open(family::udp4, with);
  caf::scoped_actor self{system};
  const auto local = ask(self, sock, bind{endpoint::loopback(family::udp4, 0)});
  ASSERT_TRUE(local) << describe(local.error());
  EXPECT_THAT(line_while_ending(net, self, sock),
              HasSubstr("waits for udp4 " + local->to_string()));
}

}  // namespace
}  // namespace dgram::testing
