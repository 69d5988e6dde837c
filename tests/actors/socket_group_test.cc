#include <netinet/in.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/job.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/compat/scheduling.h"
#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

/// The kernel, which notes which descriptors do what.
class noting_kernel : public syscalls {
 public:
  mutable std::mutex mutex;
  mutable std::set<int> received;
  mutable std::set<int> sent;
  mutable std::set<int> ttl_set;

  int recvmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) const noexcept override {
    const int got = syscalls::recvmmsg(fd, messages, count, flags);
    const std::lock_guard<std::mutex> guard(mutex);
    if (got > 0) received.insert(fd);
    return got;
  }

  ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept override {
    const std::lock_guard<std::mutex> guard(mutex);
    sent.insert(fd);
    return syscalls::sendmsg(fd, message, flags);
  }

  int setsockopt(int fd, int level, int name, const void* value,
                 ::socklen_t length) const noexcept override {
    const std::lock_guard<std::mutex> guard(mutex);
    if (level == IPPROTO_IP && name == IP_TTL) ttl_set.insert(fd);
    return syscalls::setsockopt(fd, level, name, value, length);
  }
};

class Group : public ::testing::Test {
 protected:
  static runtime_options four_loops() {
    auto options = test_options();
    options.loops = 4;
    return options;
  }

  /// Opens a group on a free port, with events going to the probe.
  socket_actor open(delivery how = delivery::single) {
    auto options = heard_by(here.probe());
    options.local = {"127.0.0.1", 0};
    options.datagrams = how;
    use_kernel(here.net, kernel);
    auto opened = here.net.open_group(family::udp4, options);
    EXPECT_TRUE(opened) << describe(opened.error());
    at = here.await<listening_event>().local;
    return *opened;
  }

  noting_kernel kernel;
  system_config config;
  caf::actor_system system{config};
  node here{system, four_loops()};
  endpoint at;
};

TEST_F(Group, IsBoundFromTheStartAndTellsItOnce) {
  const auto sut = open();
  EXPECT_NE(at.port(), 0);
  EXPECT_EQ(*here.ask<endpoint>(sut, get_local_address{}), at);
  EXPECT_EQ(here.net.open_sockets(), 4U);
  EXPECT_THAT(here.error_of<endpoint>(sut, bind{0}), FailsWith(errc::already_bound));
  EXPECT_FALSE(here.has_event());
}

TEST_F(Group, SpreadsSendersOverItsMembersAndLosesNothing) {
  const auto sut = open();
  constexpr int senders = 64;
  std::vector<dgram::socket> clients;
  for (int i = 0; i < senders; ++i) {
    clients.push_back(*dgram::socket::open(family::udp4));
    EXPECT_EQ(clients.back().send({payload(std::to_string(i))}, &at).error, 0);
  }
  std::multiset<std::string> heard;
  for (int i = 0; i < senders; ++i) heard.insert(here.next_line());
  for (int i = 0; i < senders; ++i) {
    EXPECT_EQ(heard.count("message " + std::to_string(i)), 1U) << i;
  }
  EXPECT_EQ(here.ask<statistics>(sut, get_statistics{})->received, 64U);
  // By chance all would come to less than two of four once in 10^37 runs.
  EXPECT_GE(kernel.received.size(), 2U);
}

TEST_F(Group, SpeaksWithOneVoice) {
  const auto sut = open();
  auto client = *dgram::socket::open(family::udp4);
  ASSERT_EQ(client.send({payload("hi")}, &at).error, 0);
  here.self->receive([&](const message_event& event) {
    EXPECT_EQ(event.data.view(), "hi");
    EXPECT_EQ(here.self->current_sender(), caf::actor_cast<caf::strong_actor_ptr>(sut));
  });
}

TEST_F(Group, SendsFromItsPortInTheOrderOfEachSender) {
  const auto sut = open();
  node other(system);
  const auto [ears, to] = other.open_bound(family::udp4, other.probe());
  other.await<listening_event>();
  for (int i = 0; i < 1000; ++i) {
    tell(here.self, sut, dgram::send{payload(std::to_string(i)), to});
  }
  batch last;
  last.add("last", to);
  EXPECT_EQ(here.ask<batch_result>(sut, send_batch{last})->sent, 1U);
  for (int i = 0; i < 1000; ++i) {
    const auto event = other.await<message_event>();
    ASSERT_EQ(event.data.view(), std::to_string(i));
    EXPECT_EQ(event.sender, at);
  }
  EXPECT_EQ(other.next_line(), "message last");
}

TEST_F(Group, AppliesOptionsAndSubscriptionsToAllMembers) {
  const auto sut = open();
  ASSERT_FALSE(here.tell(sut, set_ttl{7}));
  EXPECT_EQ(kernel.ttl_set.size(), 4U);
  EXPECT_EQ(here.ask<option_value>(sut, get_option{option::ttl})->as_number(), 7);
  ASSERT_FALSE(
      here.tell(sut, subscribe{here.probe(), delivery::batched, subscribe::unlimited, excess::pause,
                               subscribe::default_backlog, event_kinds::all}));
  for (int i = 0; i < 32; ++i) {
    auto client = *dgram::socket::open(family::udp4);
    ASSERT_EQ(client.send({payload("x")}, &at).error, 0);
    EXPECT_EQ(here.await<batch_event>().datagrams.size(), 1U);
  }
  ASSERT_FALSE(here.tell(sut, unsubscribe{here.probe()}));
  auto client = *dgram::socket::open(family::udp4);
  ASSERT_EQ(client.send({payload("x")}, &at).error, 0);
  EXPECT_TRUE(here.await_counts(sut, [](const statistics& s) { return s.received == 33; }));
  EXPECT_FALSE(here.has_event());
}

TEST_F(Group, AnswersBadCommandsOnce) {
  const auto sut = open();
  const auto why = here.tell(sut, set_ttl{256});
  EXPECT_THAT(why, FailsWith(errc::out_of_range));
  tell(here.self, sut, set_ttl{0});
  EXPECT_THAT(here.next_line(), HasSubstr("error set ttl 0"));
  ASSERT_FALSE(here.tell(sut, set_ttl{1}));
  EXPECT_FALSE(here.has_event());
}

TEST_F(Group, ClosesAllMembersAndTellsItOnceAtTheEnd) {
  const auto sut = open();
  EXPECT_FALSE(here.tell(sut, close{}));
  EXPECT_EQ(here.next_line(), "close");
  EXPECT_EQ(here.net.open_sockets(), 0U);
  here.self->wait_for(sut);
  EXPECT_FALSE(here.tell(sut, close{}));
  EXPECT_THAT(here.error_of<endpoint>(sut, get_local_address{}), FailsWith(errc::closed));
  EXPECT_THAT(here.error_of<std::uint64_t>(sut, dgram::send{"x", at}), FailsWith(errc::closed));
  EXPECT_FALSE(here.has_event());
}

TEST_F(Group, ThatIsKilledUnderAFloodPublishesItsCloseLast) {
  for (int i = 0; i < 40; ++i) {
    const auto sut = open();
    std::atomic<bool> stop{false};
    std::vector<std::thread> senders;
    for (int k = 0; k < 3; ++k) {
      senders.emplace_back([&stop, to = at] {
        auto client = *dgram::socket::open(family::udp4);
        const payload bytes("x");
        while (!stop) client.send({bytes}, &to);
      });
    }
    here.await<message_event>();
    here.self->send_exit(sut, caf::exit_reason::kill);
    std::string line = here.next_line();
    while (line.rfind("close", 0) != 0 && !HasFailure()) line = here.next_line();
    stop = true;
    for (auto& sender : senders) sender.join();
    here.self->wait_for(sut);
    EXPECT_TRUE(comes_true([this] { return here.net.open_sockets() == 0; }));
    EXPECT_FALSE(here.has_event());
  }
}

TEST(GroupEnd, ComesBeforeTheEndOfItsRuntimeReturns) {
  system_config config;
  use_threads(config, 2);
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  for (int i = 0; i < 500; ++i) {
    auto two_loops = test_options();
    two_loops.loops = 2;
    std::optional<runtime> net(std::in_place, system, two_loops);
    auto options = heard_by(self);
    options.events = event_kinds::close;
    const auto sut = *net->open_group(family::udp4, options);
    tell(self, sut, close{});
    net.reset();
    ASSERT_TRUE(self->has_next_message()) << i;
    self->receive([](const close_event&) {});
  }
}

TEST_F(Group, EndsWithItsRuntimesShutdown) {
  // Whether it has got as far as to run or not.
  for (int i = 0; i < 50; ++i) {
    node brief{system, four_loops()};
    // A probe on a loop would end, too.
    auto options = heard_by(brief.self);
    options.local = {"127.0.0.1", 0};
    const auto sut = *brief.net.open_group(family::udp4, options);
    brief.net.shutdown();
    EXPECT_THAT(brief.next_line(), HasSubstr("listening"));
    EXPECT_EQ(brief.next_line(), "close");
    brief.self->wait_for(sut);
    EXPECT_FALSE(brief.has_event());
  }
}

TEST_F(Group, TakesItsMembersAlongWhenItIsKilled) {
  const auto sut = open();
  here.self->send_exit(sut, caf::exit_reason::kill);
  EXPECT_THAT(here.next_line(), HasSubstr("close "));
  here.self->wait_for(sut);
  EXPECT_TRUE(comes_true([this] { return here.net.open_sockets() == 0; }));
  EXPECT_FALSE(here.tell(sut, close{}));
  EXPECT_THAT(here.tell(sut, set_ttl{1}), FailsWith(errc::closed));
}

TEST_F(Group, AnswersWhatIsAskedOfItWhenItIsKilled) {
  for (int i = 0; i < 50; ++i) {
    const auto sut = open();
    auto asked = send_request(here.self, sut, patience, get_statistics{});
    auto closed = send_request(here.self, sut, patience, close{});
    here.self->send_exit(sut, caf::exit_reason::kill);
    auto late = send_request(here.self, sut, patience, set_ttl{1});
    const auto accept = [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::closed)); };
    std::move(asked).receive([](const statistics&) {}, accept);
    std::move(closed).receive([] {}, accept);
    std::move(late).receive([] {}, accept);
    here.self->wait_for(sut);
    here.await<close_event>();
  }
}

TEST_F(Group, TellsWhyItCannotBeOpened) {
  auto taken = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(taken.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto conflict = here.net.open_group(family::udp4, testing::at(*taken.local_endpoint()));
  ASSERT_FALSE(conflict);
  EXPECT_EQ(errno_of(conflict.error()), EADDRINUSE);
  EXPECT_THAT(here.net.open_group(family::unix_dgram, testing::at(address::path("/tmp/x"))).error(),
              FailsWith(errc::invalid_address));
  EXPECT_THAT(here.net.open_group(family::udp4, testing::at({"localhost", 0})).error(),
              FailsWith(errc::invalid_address));
  EXPECT_THAT(here.net.open_group(family::udp4, testing::at(65'536)).error(),
              FailsWith(errc::invalid_port));
  EXPECT_EQ(here.net.open_sockets(), 0U);
}

TEST(GroupOpen, FailsIfItsAddressCannotBeRead) {
  class nameless_kernel : public syscalls {
   public:
    int getsockname(int /*fd*/, ::sockaddr* /*address*/,
                    ::socklen_t* /*length*/) const noexcept override {
      return errno = ENOBUFS, -1;
    }
  };
  const nameless_kernel kernel;
  system_config config;
  caf::actor_system system{config};
  node here{system};
  use_kernel(here.net, kernel);
  const auto opened = here.net.open_group(family::udp4, at({"127.0.0.1", 0}));
  ASSERT_FALSE(opened);
  EXPECT_EQ(errno_of(opened.error()), ENOBUFS);
  EXPECT_EQ(here.net.open_sockets(), 0U);
}

TEST_F(Group, TellsTheCountsOfAllMembersWithItsClose) {
  const auto sut = open();
  auto sender = *dgram::socket::open(family::udp4);
  for (int i = 0; i < 20; ++i) {
    // Of another port each, so that several members receive.
    auto one = *dgram::socket::open(family::udp4);
    ASSERT_EQ(one.send({payload("x")}, &at).error, 0);
    here.await<message_event>();
  }
  ASSERT_FALSE(here.tell(sut, close{}));
  EXPECT_EQ(here.await<close_event>().counted.received, 20U);
}

TEST_F(Group, SendsOfDifferentActorsLeaveByDifferentMembers) {
  const auto sut = open();
  auto ears = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(ears.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto to = *ears.local_endpoint();
  for (int i = 0; i < 32; ++i) {
    caf::scoped_actor sender{system};
    send_request(sender, sut, patience, dgram::send{"x", to})
        .receive([](std::uint64_t) {},
                 [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  }
  const std::lock_guard<std::mutex> guard(kernel.mutex);
  EXPECT_GE(kernel.sent.size(), 2U);
}

TEST_F(Group, ConnectsAllMembersAndTellsItOnce) {
  const auto sut = open();
  auto peer = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(peer.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto to = *peer.local_endpoint();
  EXPECT_EQ(*here.ask<endpoint>(sut, connect{to}), to);
  EXPECT_EQ(here.next_line(), "connect " + to.to_string());
  EXPECT_EQ(*here.ask<endpoint>(sut, get_remote_address{}), to);
  EXPECT_FALSE(here.has_event());
}

TEST_F(Group, PublishesItsOwnEventsToThoseWhoAreSubscribedOnly) {
  const auto sut = open();
  ASSERT_FALSE(here.tell(sut, unsubscribe{here.probe()}));
  auto peer = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(peer.bind(endpoint::loopback(family::udp4, 0)).ok());
  ASSERT_TRUE(here.ask<endpoint>(sut, connect{*peer.local_endpoint()}));
  tell(here.self, sut, set_ttl{0});
  ASSERT_FALSE(here.tell(sut, close{}));
  here.self->wait_for(sut);
  EXPECT_FALSE(here.has_event());
}

TEST_F(Group, HoldsNoSubscriberThatIsDead) {
  const auto sut = open();
  caf::weak_actor_ptr watch;
  {
    const auto mortal = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
      return quiet_behavior<caf::behavior>(*self, [](int) {});
    });
    watch = caf::weak_actor_ptr(caf::actor_cast<caf::strong_actor_ptr>(mortal).get());
    ASSERT_FALSE(
        here.tell(sut, subscribe{mortal, delivery::single, subscribe::unlimited, excess::pause,
                                 subscribe::default_backlog, event_kinds::all}));
    here.self->send_exit(mortal, caf::exit_reason::kill);
    here.self->wait_for(mortal);
  }
  EXPECT_TRUE(comes_true([&] { return watch.lock() == nullptr; }));
}

TEST_F(Group, RunsOnTheScheduler) {
  const auto sut = open();
  auto& group = dynamic_cast<caf::resumable&>(*caf::actor_cast<caf::abstract_actor*>(sut));
  EXPECT_FALSE(job::sharing(group).is_hosted());
}

TEST_F(Group, JoinsAMulticastGroupOnceSoThatEachDatagramIsHeardOnce) {
  constexpr const char* joined = "239.255.86.2";
  auto options = heard_by(here.probe());
  options.local = {joined, 0};
  options.memberships = {{joined, "lo"}};
  const auto opened = here.net.open_group(family::udp4, options);
  ASSERT_TRUE(opened) << describe(opened.error());
  const auto to = here.await<listening_event>().local;
  open_options sending;
  sending.options = {{option::multicast_interface, "lo"}};
  const auto sender = here.open(family::udp4, sending);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(here.ask<std::uint64_t>(sender, dgram::send{std::to_string(i), to}));
    EXPECT_EQ(here.next_line(), "message " + std::to_string(i));
  }
  EXPECT_EQ(here.ask<statistics>(*opened, get_statistics{})->received, 20U);
  EXPECT_TRUE(here.ask<membership>(*opened, drop_membership{joined, "lo"}));
  EXPECT_FALSE(here.has_event());
}

TEST_F(Group, GoesOnWhenASubscriberEnds) {
  const auto sut = open();
  caf::weak_actor_ptr watch;
  {
    const auto mortal = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
      return quiet_behavior<caf::behavior>(*self, [](int) {});
    });
    watch = caf::weak_actor_ptr(caf::actor_cast<caf::strong_actor_ptr>(mortal).get());
    ASSERT_FALSE(here.tell(sut, subscribe{mortal}));
    here.self->send_exit(mortal, caf::exit_reason::kill);
    here.self->wait_for(mortal);
  }
  ASSERT_TRUE(comes_true([&] { return watch.lock() == nullptr; }));
  EXPECT_TRUE(here.ask<endpoint>(sut, get_local_address{}));
  EXPECT_FALSE(here.has_event());
}

TEST_F(Group, TellsAnErrorOfAllItsMembersAsOneAndTheReasonOfItsOwnEnd) {
  const auto sut = open();
  tell(here.self, sut, set_ttl{0});
  const auto error = here.await<error_event>();
  EXPECT_EQ(error.operation, set_ttl::operation);
  EXPECT_EQ(error.withheld, 0U);
  here.self->send_exit(sut, caf::exit_reason::kill);
  EXPECT_EQ(here.await<close_event>().reason, caf::exit_reason::kill);
}

TEST_F(Group, IsDestroyedAfterItsEnd) {
  caf::weak_actor_ptr watch;
  {
    const auto sut = open();
    watch = caf::weak_actor_ptr(caf::actor_cast<caf::strong_actor_ptr>(sut).get());
    ASSERT_FALSE(here.tell(sut, close{}));
    EXPECT_EQ(here.next_line(), "close");
  }
  EXPECT_TRUE(comes_true([&] { return watch.lock() == nullptr; }));
}

}  // namespace
}  // namespace dgram::testing
