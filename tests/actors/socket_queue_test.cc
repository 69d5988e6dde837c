#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

/// A bound socket whose kernel takes nothing until it is healed, with room for
/// eight datagrams and 1000 bytes.
class FullQueue : protected with_kernel<faulty_kernel>, public SocketTest {
 protected:
  FullQueue() {
    open_options options;
    options.listener = here.probe();
    options.events = event_kinds::all;
    options.send_limits = {8, 1000};
    use_kernel(here.net, kernel);
    sock = *here.net.open(family::udp4, options);
    at = *here.ask<endpoint>(sock, bind{endpoint::loopback(family::udp4, 0)});
    here.await<listening_event>();
    kernel.send_error = EAGAIN;
    kernel.failing_sends = -1;
  }

  void heal() { kernel.failing_sends = 0; }

  statistics counted() { return *here.ask<statistics>(sock, get_statistics{}); }

  auto request(const std::string& text) {
    return send_request(here.self, sock, patience, dgram::send{text, at});
  }

  socket_actor sock;
  endpoint at;
};

TEST_F(FullQueue, RefusesRequestsAtOnceAndSendsWhatItAccepted) {
  using asked = decltype(request(""));
  std::vector<asked> accepted;
  for (int i = 0; i < 8; ++i) accepted.push_back(request(std::to_string(i)));
  const auto why = here.error_of<std::uint64_t>(sock, dgram::send{"too much", at});
  EXPECT_THAT(why, FailsWith(errc::queue_full));
  EXPECT_THAT(describe(why), HasSubstr("send to " + at.to_string()));
  EXPECT_THAT(describe(why), HasSubstr("8 datagrams with 8 bytes wait"));
  EXPECT_EQ(counted().queued, 8U);
  EXPECT_EQ(counted().send_dropped, 1U);
  heal();
  for (auto& each : accepted) {
    std::move(each).receive([](std::uint64_t bytes) { EXPECT_EQ(bytes, 1U); },
                            [](const caf::error& e) { ADD_FAILURE() << describe(e); });
  }
  std::vector<std::string> lines;
  for (int i = 0; i < 9; ++i) lines.push_back(here.next_line());
  EXPECT_THAT(lines, ::testing::UnorderedElementsAre("drain 0", "message 0", "message 1",
                                                     "message 2", "message 3", "message 4",
                                                     "message 5", "message 6", "message 7"));
  EXPECT_EQ(counted().queued, 0U);
  EXPECT_EQ(counted().sent, 8U);
}

TEST_F(FullQueue, TellsOfAsynchronousSendsOnceAndOfTheirNumberWhenItDrains) {
  for (int i = 0; i < 20; ++i) tell(here.self, sock, dgram::send{"x", at});
  EXPECT_THAT(here.next_line(), HasSubstr("8 datagrams with 8 bytes wait to be sent"));
  EXPECT_EQ(counted().send_dropped, 12U);
  EXPECT_FALSE(here.has_event());
  heal();
  std::vector<std::string> lines;
  for (int i = 0; i < 9; ++i) lines.push_back(here.next_line());
  EXPECT_THAT(lines, ::testing::Contains("drain 12"));
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "message x"), 8);
  // And the same once more.
  kernel.failing_sends = -1;
  for (int i = 0; i < 9; ++i) tell(here.self, sock, dgram::send{"y", at});
  EXPECT_THAT(here.next_line(), HasSubstr("wait to be sent"));
}

TEST_F(FullQueue, CountsBytesToo) {
  tell(here.self, sock, dgram::send{std::string(600, 'x'), at});
  EXPECT_THAT(here.error_of<std::uint64_t>(sock, dgram::send{std::string(401, 'x'), at}),
              FailsWith(errc::queue_full));
  EXPECT_THAT(here.error_of<std::uint64_t>(
                  sock, dgram::send{std::vector<payload>{std::string(400, 'x'), "y"}, at}),
              FailsWith(errc::queue_full));
  tell(here.self, sock, dgram::send{std::string(400, 'y'), at});
  EXPECT_EQ(counted().queued_bytes, 1000U);
}

TEST_F(FullQueue, TakesADatagramLargerThanItselfWhenItIsEmpty) {
  auto large = request(std::string(5000, 'x'));
  EXPECT_EQ(counted().queued, 1U);
  heal();
  std::move(large).receive([](std::uint64_t bytes) { EXPECT_EQ(bytes, 5000U); },
                           [](const caf::error& e) { ADD_FAILURE() << describe(e); });
}

TEST_F(FullQueue, TakesWhatFitsOfABatchAndSaysHowMuchItWas) {
  batch many;
  many.add_segments(std::string(60, 'a'), 10, at);
  many.add_segments(std::string(50, 'b'), 10, at);
  auto asked = send_request(here.self, sock, patience, send_batch{many});
  EXPECT_EQ(counted().queued, 8U);
  EXPECT_EQ(counted().send_dropped, 3U);
  heal();
  std::move(asked).receive(
      [](const batch_result& result) {
        EXPECT_EQ(result.sent, 8U);
        EXPECT_EQ(result.bytes, 80U);
        EXPECT_EQ(result.refused, 3U);
        EXPECT_THAT(result.reason, FailsWith(errc::queue_full));
      },
      [](const caf::error& e) { ADD_FAILURE() << describe(e); });
}

TEST_F(FullQueue, TakesOfABatchAsManyAsItsBytesAllow) {
  batch many;
  many.add_segments(std::string(1500, 'a'), 300, at);
  auto asked = send_request(here.self, sock, patience, send_batch{many});
  EXPECT_EQ(counted().queued, 3U);
  heal();
  std::move(asked).receive(
      [](const batch_result& result) {
        EXPECT_EQ(result.sent, 3U);
        EXPECT_EQ(result.refused, 2U);
      },
      [](const caf::error& e) { ADD_FAILURE() << describe(e); });
}

TEST_F(FullQueue, TellsRefusalsOfAnAsynchronousBatchByOneEvent) {
  batch many;
  many.add_segments(std::string(20, 'a'), 1, at);
  tell(here.self, sock, send_batch{many});
  ASSERT_TRUE(comes_true([this] { return counted().queued == 8; }));
  EXPECT_EQ(counted().send_dropped, 12U);
  heal();
  std::vector<std::string> lines;
  for (int i = 0; i < 10; ++i) lines.push_back(here.next_line());
  EXPECT_THAT(lines, ::testing::Contains(HasSubstr("wait to be sent")));
  EXPECT_THAT(lines, ::testing::Contains("drain 12"));
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "message a"), 8);
}

class FullMailbox : protected with_kernel<faulty_kernel>, public SocketTest {
 protected:
  FullMailbox() {
    open_options options;
    options.listener = here.probe();
    options.events = event_kinds::all;
    options.send_limits = {100, 1 << 20};
    use_kernel(here.net, kernel);
    sock = *here.net.open(family::udp4, options);
    EXPECT_TRUE(here.ask<endpoint>(sock, bind{endpoint::loopback(family::udp4, 0)}));
    here.await<listening_event>();
    // Bound, and heard by nobody: what it sends is to vanish.
    nobody = *socket::open(family::udp4);
    EXPECT_TRUE(nobody.bind(endpoint::loopback(family::udp4, 0)).ok());
    at = *nobody.local_endpoint();
  }

  socket_actor sock;
  dgram::socket nobody = *socket::open(family::udp4);
  endpoint at;
};

TEST_F(FullMailbox, RefusesAtOnceWhatComesFasterThanTheLoopLooksAtIt) {
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"first", at});
  ASSERT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
  const payload bytes(std::string(10'000, 'x'));
  const int many = 1000;
  for (int i = 0; i < many; ++i) tell(here.self, sock, dgram::send{bytes, at});
  const auto why = here.error_of<std::uint64_t>(sock, dgram::send{bytes, at});
  EXPECT_THAT(why, FailsWith(errc::queue_full));
  EXPECT_THAT(describe(why), HasSubstr("wait in the socket's mailbox"));
  EXPECT_THAT(here.error_of<batch_result>(sock,
                                          [&] {
                                            batch one;
                                            one.add(bytes, at);
                                            return send_batch{one};
                                          }()),
              FailsWith(errc::queue_full));
  halt.unlock();
  EXPECT_EQ(here.next_line(), "error send: the socket's mailbox is full");
  auto told = here.await<drain_event>().dropped;
  statistics now;
  EXPECT_TRUE(comes_true([&] {
    now = *here.ask<statistics>(sock, get_statistics{});
    return now.sent + now.send_dropped >= static_cast<std::uint64_t>(many) + 3;
  }));
  EXPECT_EQ(now.sent + now.send_dropped, static_cast<std::uint64_t>(many) + 3);
  while (told + 2 < now.send_dropped && !HasFailure()) told += here.await<drain_event>().dropped;
  EXPECT_EQ(told + 2, now.send_dropped);
  EXPECT_LE(now.sent * bytes.size(), (std::size_t{1} << 20) + 100'000 + bytes.size());
  // And it goes on as before.
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{bytes, at}));
  EXPECT_FALSE(here.tell(sock, close{}));
  EXPECT_THAT(here.error_of<std::uint64_t>(sock, dgram::send{bytes, at}), FailsWith(errc::closed));
}

TEST_F(FullQueue, IsFlushedBeforeItRefusesAnything) {
  heal();
  // More than fits, in the mailbox before the loop gets to flush at a turn's end.
  batch many;
  for (int i = 0; i < 100; ++i) many.add("x", at);
  const auto result = here.ask<batch_result>(sock, send_batch{many});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->sent, 100U);
  EXPECT_EQ(counted().send_dropped, 0U);
}

TEST_F(FullQueue, TellsADrainOnceForEachTimeThatItWasFull) {
  for (int i = 0; i < 9; ++i) tell(here.self, sock, dgram::send{"x", at});
  EXPECT_THAT(here.next_line(), HasSubstr("wait to be sent"));
  heal();
  std::vector<std::string> lines;
  for (int i = 0; i < 9; ++i) lines.push_back(here.next_line());
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "drain 1"), 1);
  // It drains again, without having been full.
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"y", at}));
    EXPECT_EQ(here.next_line(), "message y");
  }
  EXPECT_FALSE(here.has_event());
}

TEST_F(FullQueue, TellsWhatItRefusedWhenItsSocketIsKilled) {
  for (int i = 0; i < 20; ++i) tell(here.self, sock, dgram::send{"x", at});
  EXPECT_THAT(here.next_line(), HasSubstr("wait to be sent"));
  ASSERT_EQ(counted().send_dropped, 12U);
  here.self->send_exit(sock, caf::exit_reason::kill);
  EXPECT_EQ(here.await<error_event>().withheld, 7U);
  EXPECT_EQ(here.await<drain_event>().dropped, 12U);
  const auto last = here.await<close_event>().counted;
  EXPECT_EQ(last.unsent, 8U);
  EXPECT_EQ(last.send_dropped, 12U);
}

TEST_F(FullQueue, AnswersABatchThatWaitsWhenItsSocketIsKilled) {
  batch many;
  many.add_segments(std::string(8, 'a'), 1, at);
  auto asked = send_request(here.self, sock, patience, send_batch{many});
  ASSERT_EQ(counted().queued, 8U);
  here.self->send_exit(sock, caf::exit_reason::kill);
  std::move(asked).receive(
      [](const batch_result& result) {
        EXPECT_EQ(result.sent, 0U);
        EXPECT_EQ(result.refused, 8U);
        EXPECT_THAT(result.reason, FailsWith(errc::closed));
      },
      [](const caf::error& e) { ADD_FAILURE() << describe(e); });
  EXPECT_EQ(here.await<close_event>().counted.unsent, 8U);
}

TEST_F(FullQueue, ABatchTellsItsFirstRefusal) {
  batch mixed;
  mixed.add(payload(std::string(70'000, 'x')), at);
  mixed.add("x", endpoint::loopback(family::udp4, 0));
  const auto result = here.ask<batch_result>(sock, send_batch{mixed});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->refused, 2U);
  EXPECT_THAT(result->reason, FailsWith(errc::payload_too_large));
}

TEST_F(FullQueue, SendsToThePeerThatDatagramsWereMeantFor) {
  auto heard = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(heard.bind(endpoint::loopback(family::udp4, 0)).ok());
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{*heard.local_endpoint()}));
  for (const char* text : {"1", "2"}) tell(here.self, sock, dgram::send{text});
  ASSERT_EQ(counted().queued, 2U);
  ASSERT_FALSE(here.tell(sock, disconnect{}));
  heal();
  std::array<char, 8> buffer{};
  for (const char* text : {"1", "2"}) {
    EXPECT_TRUE(comes_true([&] { return heard.receive(absl::MakeSpan(buffer)).error == 0; }));
    EXPECT_EQ(buffer[0], text[0]);
  }
}

TEST_F(FullQueue, ErrorsOfEarlierDatagramsAreReportedAtABoundedRate) {
  heal();
  auto heard = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(heard.bind(endpoint::loopback(family::udp4, 0)).ok());
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{*heard.local_endpoint()}));
  here.await<connect_event>();
  kernel.send_error = ECONNREFUSED;
  constexpr std::uint64_t many = 200;
  for (std::uint64_t i = 0; i < many; ++i) {
    kernel.failing_sends = 1;
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x"}));
  }
  std::uint64_t told = 0;
  std::uint64_t events = 0;
  for (; told < many && !HasFailure(); ++events) told += 1 + here.await<error_event>().withheld;
  EXPECT_EQ(told, many);
  EXPECT_LT(events, many / 2);
  EXPECT_EQ(counted().errors.at(0).count, many);
}

TEST_F(FullMailbox, TellsEarlyRefusalsToWhoAsksAndTheDrainOnlyOnceThereIsRoom) {
  std::atomic<bool> has_asked{false};
  std::atomic<bool> drained{false};
  std::promise<std::pair<statistics, bool>> answered;
  const auto asker = system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    const auto ask = [&, self](int) {
      send_request(self, sock, patience, get_statistics{}).then([&](const statistics& counted) {
        answered.set_value({counted, drained});
      });
      has_asked = true;
    };
    return quiet_behavior<caf::behavior>(*self, ask, [&](const drain_event&) { drained = true; });
  });
  ASSERT_FALSE(
      here.tell(sock, subscribe{asker, delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::losses}));
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"first", at});
  ASSERT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
  // In front of what fills the mailbox.
  send_message(here.self, asker, 1);
  ASSERT_TRUE(comes_true([&] { return has_asked.load(); }));
  const payload bytes(std::string(10'000, 'x'));
  for (int i = 0; i < 1000; ++i) tell(here.self, sock, dgram::send{bytes, at});
  halt.unlock();
  auto first = answered.get_future();
  ASSERT_EQ(first.wait_for(patience), std::future_status::ready);
  const auto [counted, had_drained] = first.get();
  EXPECT_FALSE(had_drained);
  EXPECT_EQ(here.await<drain_event>().dropped, counted.send_dropped);
  EXPECT_GT(counted.send_dropped, 0U);
  EXPECT_EQ(here.ask<statistics>(sock, get_statistics{})->send_dropped, counted.send_dropped);
  here.self->send_exit(asker, caf::exit_reason::kill);
  here.self->wait_for(asker);
}

TEST_F(FullMailbox, CountsEachDatagramOfARefusedBatch) {
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"first", at});
  ASSERT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
  const payload bytes(std::string(10'000, 'x'));
  for (int i = 0; i < 200; ++i) tell(here.self, sock, dgram::send{bytes, at});
  batch many;
  many.add_segments(std::string(500, 'x'), 1, at);
  tell(here.self, sock, send_batch{many});
  EXPECT_THAT(here.error_of<batch_result>(sock, send_batch{many}), FailsWith(errc::queue_full));
  halt.unlock();
  EXPECT_TRUE(comes_true([&] {
    const auto now = *here.ask<statistics>(sock, get_statistics{});
    return now.sent + now.send_dropped == 201 + 1000;
  }));
}

TEST_F(FullMailbox, OfASocketThatHasEndedAnswersClosed) {
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"first", at});
  ASSERT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
  const payload bytes(std::string(10'000, 'x'));
  for (int i = 0; i < 200; ++i) tell(here.self, sock, dgram::send{bytes, at});
  here.self->send_exit(sock, caf::exit_reason::kill);
  halt.unlock();
  here.self->wait_for(sock);
  EXPECT_THAT(here.error_of<std::uint64_t>(sock, dgram::send{bytes, at}), FailsWith(errc::closed));
}

TEST_F(FullMailbox, TellsRefusalsThoughItIsEmptyByThen) {
  // A sender that is delayed between the refusal and its count: the reminder comes as a
  // message of its own.
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"first", at});
  ASSERT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
  const payload bytes(std::string(60'000, 'x'));
  for (int i = 0; i < 40; ++i) tell(here.self, sock, dgram::send{bytes, at});
  halt.unlock();
  // Nothing else is sent to the socket.
  EXPECT_EQ(here.next_line(), "error send: the socket's mailbox is full");
  EXPECT_GT(here.await<drain_event>().dropped, 0U);
}

TEST_F(FullMailbox, IsNotLeftByCommandsThatTookNoRoom) {
  ASSERT_TRUE(here.ask<endpoint>(sock, get_local_address{}));
  // More than a sixteenth of the limit, the step in which room is given back.
  const payload bytes(std::string(10'000, 'x'));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{bytes, at})) << i;
  }
}

TEST_F(FullQueue, TellsOnceWhatItRefusedAtItsEnd) {
  for (int i = 0; i < 20; ++i) tell(here.self, sock, dgram::send{"x", at});
  EXPECT_THAT(here.next_line(), HasSubstr("wait to be sent"));
  ASSERT_EQ(counted().send_dropped, 12U);
  here.self->send_exit(sock, caf::exit_reason::kill);
  EXPECT_THAT(here.next_line(), HasSubstr("error send"));
  EXPECT_EQ(here.next_line(), "drain 12");
  EXPECT_THAT(here.next_line(), HasSubstr("close"));
  here.self->wait_for(sock);
  EXPECT_FALSE(here.has_event());
}

TEST_F(FullQueue, ThatRefusedOnlyRequestsDrainsAtItsEndToo) {
  for (int i = 0; i < 8; ++i) tell(here.self, sock, dgram::send{"x", at});
  EXPECT_THAT(here.error_of<std::uint64_t>(sock, dgram::send{"x", at}),
              FailsWith(errc::queue_full));
  here.self->send_exit(sock, caf::exit_reason::kill);
  EXPECT_THAT(here.next_line(), HasSubstr("error send"));
  EXPECT_EQ(here.next_line(), "drain 0");
  EXPECT_THAT(here.next_line(), HasSubstr("close"));
}

TEST_F(FullQueue, ABatchLeftAtTheEndTellsWhatOfItWasRefused) {
  batch some;
  some.add("x", at);
  some.add("y", endpoint::loopback(family::udp4, 0));
  tell(here.self, sock, send_batch{some});
  ASSERT_TRUE(here.await_counts(sock, [](const statistics& s) { return s.queued == 1; }));
  here.self->send_exit(sock, caf::exit_reason::kill);
  EXPECT_THAT(here.await<error_event>().reason, FailsWith(errc::invalid_port));
  EXPECT_THAT(here.await<error_event>().reason, FailsWith(errc::closed));
}

TEST_F(FullQueue, ABatchTooMuchForItTellsWhatElseOfItWasRefused) {
  for (int i = 0; i < 8; ++i) tell(here.self, sock, dgram::send{"x", at});
  ASSERT_EQ(counted().queued, 8U);
  batch some;
  some.add("y", endpoint::loopback(family::udp4, 0));
  some.add("x", at);
  tell(here.self, sock, send_batch{some});
  ASSERT_EQ(counted().send_dropped, 1U);
  EXPECT_THAT(here.await<error_event>().reason, FailsWith(errc::queue_full));
  EXPECT_THAT(here.await<error_event>().reason, FailsWith(errc::invalid_port));
}

TEST_F(FullMailbox, IsFullExactlyAtItsLimitAndOneThatIsAskedForNeedsNoEvent) {
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"first", at});
  ASSERT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
  const payload bytes(std::string(10'000, 'x'));
  // That of the queue, and a message for each of its datagrams.
  constexpr std::size_t limit = (std::size_t{1} << 20) + 100 * message_size<dgram::send>;
  std::uint64_t fitting = 0;
  for (auto waiting = message_size<dgram::send> + 5; waiting < limit; ++fitting) {
    tell(here.self, sock, dgram::send{bytes, at});
    waiting += message_size<dgram::send> + bytes.size();
  }
  EXPECT_THAT(here.error_of<std::uint64_t>(sock, dgram::send{bytes, at}),
              FailsWith(errc::queue_full));
  halt.unlock();
  EXPECT_EQ(here.next_line(), "drain 0");
  EXPECT_TRUE(
      here.await_counts(sock, [fitting](const statistics& s) { return s.sent == 1 + fitting; }));
  EXPECT_EQ(here.ask<statistics>(sock, get_statistics{})->send_dropped, 1U);
  EXPECT_FALSE(here.has_event());
}

TEST_F(FullMailbox, DrainsThoughNothingOfItCanBeSent) {
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"first", at});
  ASSERT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
  const payload bytes(std::string(10'000, 'x'));
  for (int i = 0; i < 200; ++i) tell(here.self, sock, dgram::send{bytes, at.with_port(0)});
  halt.unlock();
  // Nothing is queued, hence nothing flushed.
  EXPECT_GT(here.await<drain_event>().dropped, 0U);
}

TEST_F(FullMailbox, CountsTheBytesOfBuffersAndBatchesAndGivesThemBack) {
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"first", at});
  ASSERT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
  const payload bytes(std::string(5'000, 'x'));
  batch two;
  two.add(bytes, at);
  two.add(bytes, at);
  // Less than the limit, and more than the step in which room is given back.
  for (int i = 0; i < 20; ++i) {
    tell(here.self, sock, dgram::send{std::vector<payload>{bytes, bytes}, at});
    tell(here.self, sock, send_batch{two});
  }
  halt.unlock();
  EXPECT_TRUE(here.await_counts(sock, [](const statistics& s) { return s.sent == 61; }));
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", at}));
  EXPECT_EQ(here.ask<statistics>(sock, get_statistics{})->send_dropped, 0U);
}

TEST_F(FullQueue, TakesTheOnlyDatagramOfABatchThatFits) {
  for (int i = 0; i < 7; ++i) tell(here.self, sock, dgram::send{"x", at});
  ASSERT_TRUE(here.await_counts(
      sock, [](const statistics& s) { return s.queued == 7 && s.send_retries > 0; }));
  batch some;
  some.add_segments("abc", 1, at);
  auto asked = send_request(here.self, sock, patience, send_batch{some});
  EXPECT_EQ(counted().queued, 8U);
  EXPECT_EQ(counted().send_dropped, 2U);
  heal();
  std::move(asked).receive(
      [](const batch_result& result) {
        EXPECT_EQ(result.sent, 1U);
        EXPECT_EQ(result.refused, 2U);
      },
      [](const caf::error& e) { ADD_FAILURE() << describe(e); });
}

TEST_F(FullQueue, OfAFullDeviceRefusesTooAndThenGoesOnAsBefore) {
  kernel.send_error = ENOBUFS;
  for (int i = 0; i < 20; ++i) tell(here.self, sock, dgram::send{"x", at});
  EXPECT_THAT(here.next_line(), HasSubstr("8 datagrams with 8 bytes wait to be sent"));
  EXPECT_EQ(counted().queued, 8U);
  EXPECT_EQ(counted().send_dropped, 12U);
  heal();
  EXPECT_EQ(here.await<drain_event>().dropped, 12U);
  ASSERT_TRUE(here.await_counts(sock, [](const statistics& s) { return s.sent == 8; }));
  batch many;
  for (int i = 0; i < 100; ++i) many.add("y", at);
  EXPECT_EQ(here.ask<batch_result>(sock, send_batch{many})->sent, 100U);
}

TEST_F(FullQueue, IsOfferedToTheKernelBeforeItHoldsMoreThanItsLimit) {
  heal();
  const auto before = kernel.send_tries.load();
  batch many;
  many.add_segments(std::string(100, 'x'), 1, at);
  EXPECT_EQ(here.ask<batch_result>(sock, send_batch{many})->sent, 100U);
  // Eight datagrams at a time, if the kernel takes those as one message.
  EXPECT_GE(kernel.send_tries - before, 13);
}

TEST_F(FullQueue, SendsManyOfOneTurnAndNothingElse) {
  heal();
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"0", at});
  ASSERT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
  for (int i = 1; i <= 20; ++i) tell(here.self, sock, dgram::send{std::to_string(i), at});
  halt.unlock();
  for (int i = 0; i <= 20; ++i) EXPECT_EQ(here.next_line(), "message " + std::to_string(i));
  EXPECT_EQ(counted().sent, 21U);
}

TEST_F(FullQueue, ItsEndNamesTheFirstOfWhatIsLeft) {
  tell(here.self, sock, dgram::send{"x", at});
  tell(here.self, sock, dgram::send{"y", endpoint::loopback(family::udp4, 9)});
  ASSERT_TRUE(here.await_counts(sock, [](const statistics& s) { return s.queued == 2; }));
  here.self->send_exit(sock, caf::exit_reason::kill);
  const auto error = here.await<error_event>();
  EXPECT_EQ(error.withheld, 1U);
  EXPECT_THAT(describe(error.reason), HasSubstr("send to " + at.to_string()));
}

}  // namespace
}  // namespace dgram::testing
