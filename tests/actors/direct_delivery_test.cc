// Events of a socket to an actor on its loop, and that actor's sends: the same order, the same
// events, whether they pass through mailboxes or not.

#include <caf/all.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/receiver.h"
#include "caf_dgram/dgram/posix/segmentation.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "caf_dgram/dgram/posix/transmit.h"
#include "tests/support/comes_true.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"

namespace dgram::testing {
namespace {

using ::testing::ElementsAre;

/// Tells a test what an actor on a loop got, in its order.
class notes {
 public:
  void add(std::string line) {
    const std::lock_guard<std::mutex> guard(mutex_);
    lines_.push_back(std::move(line));
  }

  std::vector<std::string> lines() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return lines_;
  }

  /// Waits until there are so many.
  std::vector<std::string> await(std::size_t count) const {
    EXPECT_TRUE(comes_true([&] { return lines().size() >= count; }));
    return lines();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

using heard = std::shared_ptr<notes>;

/// What the actor does with a datagram beside noting it.
using handler = std::function<void(caf::event_based_actor*, const message_event&)>;

caf::behavior listening(caf::event_based_actor* self, const heard& to, const handler& handle) {
  return {[=](const message_event& event) {
            to->add(std::string(event.data.view()));
            if (handle) handle(self, event);
          },
          [=](const batch_event& event) {
            for (const auto& each : event.datagrams) to->add("batched " + std::string(each.bytes));
          },
          [=](const passive_event& event) { to->add(to_line(event)); },
          [=](const error_event& event) { to->add(to_line(event)); },
          [=](const close_event& event) { to->add(to_line(event)); },
          [=](const std::string& text) { to->add(text); }};
}

class DirectDelivery : public SocketTest {
 protected:
  /// A socket that `actor` listens to, on its loop.
  socket_actor open_for(const any_actor& actor, open_options with = {}) {
    with.listener = actor;
    with.local = {"127.0.0.1", 0};
    auto sock = *here.net.open(family::udp4, with);
    to = *here.ask<endpoint>(sock, get_local_address{});
    return sock;
  }

  void send(const std::string& text) { EXPECT_EQ(client.send({payload(text)}, &to).error, 0); }

  heard got = std::make_shared<notes>();
  dgram::socket client = *dgram::socket::open(family::udp4);
  endpoint to;
};

TEST_F(DirectDelivery, KeepsTheOrder) {
  const auto sock = open_for(*here.net.spawn(listening, got, nullptr));
  std::vector<std::string> sent;
  for (int i = 0; i < 500; ++i) {
    sent.push_back(std::to_string(i));
    send(sent.back());
    // Now and then the actor falls behind, so that both ways are taken.
    if (i % 50 == 0) got->await(sent.size());
  }
  EXPECT_EQ(got->await(500), sent);
}

TEST_F(DirectDelivery, ComesInBatchesToWhoWantsThem) {
  open_options with;
  with.datagrams = delivery::batched;
  const auto sock = open_for(*here.net.spawn(listening, got, nullptr), with);
  send("a");
  EXPECT_THAT(got->await(1), ElementsAre("batched a"));
}

TEST_F(DirectDelivery, KeepsTheEventsInOrderThatComeThroughTheMailbox) {
  open_options with;
  with.credits = 2;
  const auto actor = *here.net.spawn(listening, got, nullptr);
  const auto sock = open_for(actor, with);
  for (const auto* text : {"a", "b", "c"}) send(text);
  EXPECT_THAT(got->await(3), ElementsAre("a", "b", "passive"));
  ASSERT_FALSE(here.tell(sock, grant{actor, 5}));
  EXPECT_THAT(got->await(4), ElementsAre("a", "b", "passive", "c"));
  ASSERT_FALSE(here.tell(sock, close{}));
  EXPECT_THAT(got->await(5), ElementsAre("a", "b", "passive", "c", "close"));
}

TEST_F(DirectDelivery, MayCloseTheSocket) {
  const auto actor =
      *here.net.spawn(listening, got, [](caf::event_based_actor* self, const message_event&) {
        tell(self, socket_of(self), close{});
      });
  const auto sock = open_for(actor);
  send("a");
  EXPECT_THAT(got->await(2), ElementsAre("a", "close"));
}

TEST_F(DirectDelivery, MayKillTheSocket) {
  const auto actor =
      *here.net.spawn(listening, got, [](caf::event_based_actor* self, const message_event&) {
        self->send_exit(socket_of(self), caf::exit_reason::kill);
      });
  const auto sock = open_for(actor);
  send("a");
  EXPECT_THAT(got->await(2)[1], ::testing::StartsWith("close "));
}

TEST_F(DirectDelivery, MayEndTheSubscription) {
  const auto actor =
      *here.net.spawn(listening, got, [](caf::event_based_actor* self, const message_event&) {
        tell(self, socket_of(self), unsubscribe{self});
      });
  const auto sock = open_for(actor);
  send("a");
  EXPECT_TRUE(here.await_counts(sock, [&](const statistics& now) { return now.received == 1; }));
  send("b");
  EXPECT_TRUE(here.await_counts(sock, [&](const statistics& now) { return now.undelivered == 1; }));
  EXPECT_THAT(got->lines(), ElementsAre("a"));
}

TEST_F(DirectDelivery, MayEndTheActorAndWithItItsSocket) {
  const auto actor = *here.net.spawn(
      listening, got, [](caf::event_based_actor* self, const message_event&) { self->quit(); });
  const auto sock = open_for(actor);
  send("a");
  send("b");
  here.self->wait_for(actor, sock);
  EXPECT_THAT(got->lines(), ElementsAre("a"));
}

TEST_F(DirectDelivery, MayKeepTheBytes) {
  std::vector<payload> kept;
  const auto actor = *here.net.spawn(
      listening, got,
      [&](caf::event_based_actor*, const message_event& event) { kept.push_back(event.data); });
  const auto sock = open_for(actor);
  for (const auto* text : {"first", "second", "third"}) send(text);
  got->await(3);
  ASSERT_FALSE(here.tell(sock, close{}));
  got->await(4);
  EXPECT_EQ(kept, (std::vector<payload>{"first", "second", "third"}));
}

TEST_F(DirectDelivery, WaitsForAResponseThatTheActorAwaits) {
  std::atomic<bool> is_asked{false};
  const auto slow = system.spawn([&is_asked](caf::event_based_actor* self) -> caf::behavior {
    auto owed = std::make_shared<caf::typed_response_promise<int>>();
    return {[self, owed, &is_asked](int) {
              *owed = self->make_response_promise<int>();
              is_asked = true;
              return *owed;
            },
            [owed](const std::string&) { owed->deliver(1); }};
  });
  const auto actor = *here.net.spawn([slow, got = got](caf::event_based_actor* self) {
    send_request(self, slow, caf::infinite, 1).await([got](int) { got->add("response"); });
    return listening(self, got, nullptr);
  });
  const auto sock = open_for(actor);
  ASSERT_TRUE(comes_true([&] { return is_asked.load(); }));
  send("a");
  EXPECT_TRUE(here.await_counts(sock, [&](const statistics& now) { return now.received == 1; }));
  EXPECT_TRUE(got->lines().empty());
  send_message(here.self, slow, std::string("now"));
  EXPECT_THAT(got->await(2), ElementsAre("response", "a"));
}

// -- sends ----------------------------------------------------------------------

TEST_F(DirectDelivery, AnswersLeaveInOrder) {
  const auto actor =
      *here.net.spawn(listening, got, [](caf::event_based_actor* self, const message_event& event) {
        for (const auto* part : {"1", "2", "3"})
          respond(self, event, std::string(event.data.view()) + part);
      });
  const auto sock = open_for(actor);
  const auto [listener, at] = here.open_bound(family::udp4, here.self);
  here.await<listening_event>();
  for (const auto* text : {"a", "b"}) tell(here.self, listener, dgram::send{text, to});
  for (const auto* text : {"a1", "a2", "a3", "b1", "b2", "b3"}) {
    EXPECT_EQ(here.await<message_event>().data.view(), text);
  }
}

TEST_F(DirectDelivery, ASendComesAfterEarlierCommandsOfTheActor) {
  const auto [first, first_at] = here.open_bound(family::udp4, here.self);
  const auto [second, second_at] = here.open_bound(family::udp4, here.self);
  here.await<listening_event>();
  here.await<listening_event>();
  const auto actor = *here.net.spawn(
      listening, got,
      [first = first_at, second = second_at](caf::event_based_actor* self, const message_event&) {
        const auto sock = socket_of(self);
        tell(self, sock, connect{first});
        tell(self, sock, dgram::send{"to the first"});
        tell(self, sock, disconnect{});
        tell(self, sock, dgram::send{"to the second", second});
      });
  const auto sock = open_for(actor);
  send("go");
  EXPECT_EQ(here.await<message_event>().data.view(), "to the first");
  EXPECT_EQ(here.await<message_event>().data.view(), "to the second");
}

/// Counts the options that sockets set.
class option_counter : public faulty_kernel {
 public:
  int setsockopt(int fd, int level, int name, const void* value,
                 ::socklen_t length) const noexcept override {
    ++options_set;
    return faulty_kernel::setsockopt(fd, level, name, value, length);
  }

  mutable std::atomic<int> options_set{0};
};

TEST_F(DirectDelivery, ASocketHandlesWhatWaitsForItBeforeActorsSendItMore) {
  option_counter kernel;
  use_kernel(here.net, kernel);
  std::atomic<int> handled_before{0};
  const auto actor = *here.net.spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](int) { handled_before = kernel.options_set.load(); }, [](const message_event&) {}};
  });
  const auto sock = open_for(actor);
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"x", address(to)});
  ASSERT_TRUE(comes_true([&] { return kernel.is_halted.load(); }));
  constexpr int commands = 3500;
  kernel.options_set = 0;
  for (int i = 0; i < commands; ++i) tell(here.self, sock, set_ttl{1});
  send_message(here.self, actor, 1);
  halt.unlock();
  EXPECT_TRUE(comes_true([&] { return handled_before > 0; }));
  EXPECT_EQ(handled_before, commands);
  EXPECT_FALSE(here.tell(sock, close{}));
  here.self->wait_for(sock);
}

/// Counts how often a socket is read in a turn of the loop.
class read_counter : public faulty_kernel {
 public:
  explicit read_counter(const runtime& net) : net_(net) {}

  int recvmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) const noexcept override {
    const int got = faulty_kernel::recvmmsg(fd, messages, count, flags);
    if (got == static_cast<int>(receiver::max_buffers)) ++full_reads[turn()];
    return got;
  }

  mutable std::map<std::uint64_t, int> full_reads;  ///< The loop's, by its turns.

 private:
  std::uint64_t turn() const { return net_.get_statistics().loops.front().turns; }

  const runtime& net_;
};

TEST_F(DirectDelivery, AboutAThousandDatagramsAreReadInATurn) {
  read_counter kernel(here.net);
  use_kernel(here.net, kernel);
  std::atomic<std::size_t> received{0};
  const auto actor = *here.net.spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](const message_event&) { ++received; }};
  });
  const auto sock = open_for(actor);
  ASSERT_TRUE(client.bind(endpoint::loopback(family::udp4, 0)).ok());
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"x", address(*client.local_endpoint())});
  ASSERT_TRUE(comes_true([&] { return kernel.is_halted.load(); }));
  constexpr std::size_t segments = segmentation::max_segments;
  constexpr std::size_t buffers = 3 * receiver::max_buffers;
  const payload bytes(std::string(8 * segments, 'x'));
  const segmentation allowed(true);
  for (std::size_t i = 0; i < buffers; ++i) {
    transmit_plan plan(family::udp4, allowed);
    plan.add_run(bytes.view(), 8, &to);
    ASSERT_EQ(client.send(plan.transmits()).error, 0);
  }
  halt.unlock();
  EXPECT_TRUE(comes_true([&] { return received == buffers * segments; }));
  EXPECT_FALSE(here.tell(sock, close{}));
  here.self->wait_for(sock);
  EXPECT_FALSE(kernel.full_reads.empty());
  for (const auto& [turn, reads] : kernel.full_reads) EXPECT_EQ(reads, 1) << turn;
}

TEST_F(DirectDelivery, ASendThatFailsIsReported) {
  const auto actor =
      *here.net.spawn(listening, got, [](caf::event_based_actor* self, const message_event&) {
        tell(self, socket_of(self), dgram::send{"x", {"::1", 1}});
        tell(self, socket_of(self), dgram::send{"x"});
      });
  const auto sock = open_for(actor);
  send("go");
  const auto lines = got->await(3);
  EXPECT_EQ(lines[0], "go");
  EXPECT_THAT(lines[1], ::testing::StartsWith("error send \"::1\" port 1: not an address"));
  EXPECT_THAT(lines[2], ::testing::StartsWith("error send"));
}

TEST_F(DirectDelivery, WhatFindsTheQueueFullIsCounted) {
  open_options with;
  with.send_limits = {2, 1 << 20};
  constexpr int sends = 5000;
  const auto actor =
      *here.net.spawn(listening, got, [](caf::event_based_actor* self, const message_event& event) {
        for (int i = 0; i < sends; ++i) respond(self, event, "x");
      });
  const auto sock = open_for(actor, with);
  send("go");
  EXPECT_TRUE(here.await_counts(sock, [&](const statistics& now) {
    return now.sent + now.send_dropped + now.send_errors == sends && now.queued == 0;
  }));
}

TEST_F(DirectDelivery, SendsThatDoNotFitDoNotDisturbWhatIsBeingRead) {
  const temp_dir dir;
  const auto first = *endpoint::unix_path(dir.file("first"));
  const auto second = *endpoint::unix_path(dir.file("second"));
  const std::string large(60'000, 'x');
  const auto actor =
      *here.net.spawn(listening, got, [=](caf::event_based_actor* self, const message_event&) {
        for (int i = 0; i < 3; ++i) tell(self, socket_of(self), dgram::send{large});
      });
  auto peer = *dgram::socket::open(family::unix_dgram);
  ASSERT_TRUE(peer.bind(second).ok());
  open_options with;
  with.local = first;
  with.peer = second;
  with.send_limits = {1000, 100'000};
  // So that all of it waits, and is read in one turn.
  with.credits = 0;
  with.listener = actor;
  const auto sock = *here.net.open(family::unix_dgram, with);
  std::vector<std::string> sent;
  for (int i = 0; i < 8; ++i) {
    sent.push_back(std::to_string(i));
    ASSERT_EQ(peer.send({payload(sent.back())}, &first).error, 0);
  }
  ASSERT_FALSE(here.tell(sock, grant{actor, 1000}));
  // Beside other events.
  const auto datagrams = [&] {
    auto lines = got->lines();
    lines.erase(std::remove_if(lines.begin(), lines.end(),
                               [](const std::string& line) { return line.size() > 1; }),
                lines.end());
    return lines;
  };
  EXPECT_TRUE(comes_true([&] { return datagrams().size() == sent.size(); }));
  EXPECT_EQ(datagrams(), sent);
}

TEST_F(DirectDelivery, ABatchIsSentBack) {
  const auto actor = *here.net.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](batch_event& event) {
              tell(self, socket_of(self), send_batch{std::move(event.datagrams)});
            },
            [](const listening_event&) {}};
  });
  open_options with;
  with.datagrams = delivery::batched;
  const auto sock = open_for(actor, with);
  const auto [listener, at] = here.open_bound(family::udp4, here.self);
  here.await<listening_event>();
  for (int i = 0; i < 100; ++i) {
    tell(here.self, listener, dgram::send{std::to_string(i), to});
    EXPECT_EQ(here.await<message_event>().data.view(), std::to_string(i));
  }
}

TEST_F(DirectDelivery, AConnectedUnixSocketReadsAheadAndAnswers) {
  const temp_dir dir;
  const auto echo =
      *here.net.spawn(listening, got, [](caf::event_based_actor* self, const message_event& event) {
        tell(self, socket_of(self), dgram::send{event.data});
      });
  open_options one;
  const auto first = *endpoint::unix_path(dir.file("one"));
  const auto second = *endpoint::unix_path(dir.file("two"));
  one.local = first;
  one.listener = echo;
  const auto a = *here.net.open(family::unix_dgram, one);
  open_options two;
  two.local = second;
  two.peer = first;
  two.listener = here.self;
  const auto b = *here.net.open(family::unix_dgram, two);
  ASSERT_TRUE(here.ask<endpoint>(a, connect{second}));
  constexpr int datagrams = 200;
  for (int i = 0; i < datagrams; ++i) {
    ASSERT_TRUE(here.ask<std::uint64_t>(b, dgram::send{std::to_string(i)}));
  }
  for (int i = 0; i < datagrams; ++i) {
    EXPECT_EQ(here.await<message_event>().data.view(), std::to_string(i));
  }
}

}  // namespace
}  // namespace dgram::testing
