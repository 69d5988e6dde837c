#include "caf_dgram/actors/socket/send_queue.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/temp_dir.h"

namespace dgram {
namespace {

using ::testing::ElementsAre;
using testing::faulty_kernel;
using ::testing::IsEmpty;
using testing::temp_dir;

class SendQueue : public ::testing::Test, protected send_queue::observer {
 protected:
  void on_sent(outgoing& what, std::size_t count, std::size_t bytes) override {
    EXPECT_LE(count, what.count());
    if (bytes == 0) return;
    for (std::size_t i = 0; i < count; ++i) {
      sent.emplace_back(what.data.view().substr(i * what.segment_size, what.segment_size));
    }
  }
  void on_send_failed(outgoing& what, int error) override {
    failed.emplace_back(what.data.view().substr(0, what.segment_size));
    errors.push_back(error);
  }
  void on_earlier_error(int error) override { earlier.push_back(error); }

  socket bound() {
    auto sock = *socket::open(family::udp4, kernel);
    EXPECT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
    return sock;
  }

  void push(const std::string& text, std::optional<endpoint> to) { sut.push(one(text, to)); }

  static outgoing one(const std::string& text, std::optional<endpoint> to) {
    return {payload(text), {}, text.size(), to, {}};
  }

  void push_run(const std::string& text, std::size_t segment_size, std::optional<endpoint> to) {
    sut.push({payload(text), {}, segment_size, to, {}});
  }

  send_queue::backlog flush(socket& sock) {
    auto unlimited = send_queue::effort::unlimited();
    return sut.flush(sock, now, unlimited);
  }

  static std::vector<std::string> read_all(socket& from) {
    std::vector<std::string> texts;
    std::array<char, 300'000> buffer{};
    for (auto got = from.receive(absl::MakeSpan(buffer)); got.error == 0;
         got = from.receive(absl::MakeSpan(buffer))) {
      texts.emplace_back(buffer.data(), got.stored);
    }
    return texts;
  }

  faulty_kernel kernel;
  send_queue sut{*this};
  send_queue::clock::time_point now{};
  std::vector<std::string> sent;
  std::vector<std::string> failed;
  std::vector<int> errors;
  std::vector<int> earlier;
};

TEST_F(SendQueue, SendsInOrder) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  for (const char* text : {"1", "2", "3"}) push(text, to);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(sent, ElementsAre("1", "2", "3"));
  EXPECT_THAT(read_all(sock), ElementsAre("1", "2", "3"));
  EXPECT_TRUE(sut.empty());
}

TEST_F(SendQueue, AnErrorThatNoEarlierDatagramLeftIsTheDatagramsOwn) {
  auto peer = bound();
  auto sock = bound();
  ASSERT_TRUE(sock.connect(*peer.local_endpoint()).ok());
  push("1", std::nullopt);
  kernel.send_error = EPERM;
  kernel.failing_sends = 1;
  flush(sock);
  EXPECT_THAT(errors, ElementsAre(EPERM));
  push("2", std::nullopt);
  kernel.send_error = EAGAIN;
  kernel.failing_sends = 1;
  EXPECT_EQ(flush(sock), send_queue::backlog::until_writable);
  EXPECT_THAT(earlier, IsEmpty());
}

TEST_F(SendQueue, AFailureIsItsOwnAndTheRestGoesOn) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  for (const char* text : {"one", "2", "four", "fiver"}) push(text, to);
  kernel.send_error = EPERM;
  // The second message, as one of several and then as the first of a call.
  kernel.good_sends = 1;
  kernel.failing_sends = 1;
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(failed, ElementsAre("four"));
  EXPECT_THAT(errors, ElementsAre(EPERM));
  EXPECT_THAT(read_all(sock), ElementsAre("one", "2", "fiver"));
}

TEST_F(SendQueue, SendsEqualOnesToOneDestinationAsOneMessage) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  for (const char* text : {"aaa", "bbb", "ccc", "d"}) push(text, to);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_EQ(kernel.send_tries, 1);
  EXPECT_EQ(kernel.segmented_tries, 1);
  EXPECT_THAT(sent, ElementsAre("aaa", "bbb", "ccc", "d"));
  EXPECT_THAT(read_all(sock), ElementsAre("aaa", "bbb", "ccc", "d"));
  EXPECT_EQ(sut.counters().datagrams, 4U);
  EXPECT_EQ(sut.counters().bytes, 10U);
  EXPECT_EQ(sut.counters().offloaded, 4U);
}

TEST_F(SendQueue, SendsMixedOnesInOneCall) {
  auto sock = bound();
  auto other = bound();
  const auto to = *sock.local_endpoint();
  const auto elsewhere = *other.local_endpoint();
  push("1", to);
  push("2", elsewhere);
  push("", to);
  push("longer", to);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_EQ(kernel.send_calls, 1);
  EXPECT_EQ(kernel.segmented_tries, 0);
  EXPECT_THAT(read_all(sock), ElementsAre("1", "", "longer"));
  EXPECT_THAT(read_all(other), ElementsAre("2"));
}

TEST_F(SendQueue, GoesOnWhereAPartialCallStopped) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  const std::vector<std::string> texts{"1", "22", "333", "4444", "55555"};
  for (const auto& text : texts) push(text, to);
  kernel.messages_a_call = 2;
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_EQ(kernel.send_calls, 3);
  EXPECT_EQ(read_all(sock), texts);
}

TEST_F(SendQueue, AFullSocketInTheMiddleOfARunKeepsTheRestOfIt) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  // 100 segments are two messages, of which the second one does not go.
  push_run(std::string(100, 'x'), 1, to);
  push("behind", to);
  kernel.send_error = EAGAIN;
  kernel.good_sends = 1;
  kernel.failing_sends = 1;
  EXPECT_EQ(flush(sock), send_queue::backlog::until_writable);
  EXPECT_EQ(sent.size(), segmentation::max_segments);
  EXPECT_EQ(sut.datagrams(), 101 - segmentation::max_segments);
  EXPECT_EQ(sut.bytes(), 106 - segmentation::max_segments);
  EXPECT_EQ(sut.counters().retries, 1U);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_EQ(sut.datagrams(), 0U);
  EXPECT_EQ(sut.bytes(), 0U);
  const auto got = read_all(sock);
  ASSERT_EQ(got.size(), 101U);
  EXPECT_EQ(got.back(), "behind");
}

TEST_F(SendQueue, AFullSocketInTheMiddleOfARunKeepsTheRestWithItsHeads) {
  auto sock = bound();
  std::string heads;
  for (char i = 0; i < 100; ++i) heads.push_back(i);
  outgoing run{payload(std::string(199, 'x')), {}, 2, *sock.local_endpoint(), {}};
  run.heads = {payload(heads), 1};
  sut.push(std::move(run));
  EXPECT_EQ(sut.bytes(), 299U);
  kernel.send_error = EAGAIN;
  kernel.good_sends = 1;
  kernel.failing_sends = 1;
  EXPECT_EQ(flush(sock), send_queue::backlog::until_writable);
  EXPECT_EQ(sut.datagrams(), 100 - segmentation::max_segments);
  EXPECT_EQ(sut.bytes(), 299 - 3 * segmentation::max_segments);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_EQ(sut.counters().bytes, 299U);
  const auto got = read_all(sock);
  ASSERT_EQ(got.size(), 100U);
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i], heads[i] + std::string(i < 99 ? 2 : 1, 'x'));
  }
}

using OffloadVerdict = SendQueue;

class OffloadFallback : public SendQueue, public ::testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(Errors, OffloadFallback, ::testing::Values(EIO, EINVAL, EMSGSIZE));

TEST_P(OffloadFallback, SendsOneByOneAndDoesNotTryAgain) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  kernel.segmentation_error = GetParam();
  for (int round = 0; round < 2; ++round) {
    push_run("aabbc", 2, to);
    push("dd", to);
    EXPECT_EQ(flush(sock), send_queue::backlog::none);
    EXPECT_THAT(read_all(sock), ElementsAre("aa", "bb", "c", "dd"));
    EXPECT_EQ(kernel.segmented_tries, 1);
  }
  EXPECT_THAT(failed, IsEmpty());
  EXPECT_EQ(sut.counters().offload_refusals, 1U);
  EXPECT_EQ(sut.counters().offloaded, 0U);
  EXPECT_EQ(sut.counters().datagrams, 8U);
}

TEST_F(SendQueue, ASizeThatOneRouteCannotTakeStillGoesAsOneElsewhere) {
  auto sock = bound();
  auto other = bound();
  kernel.segmentation_error = EINVAL;
  push_run("aabb", 2, *sock.local_endpoint());
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  kernel.segmentation_error = 0;
  push_run("aabb", 2, *sock.local_endpoint());
  push_run("aabb", 2, *other.local_endpoint());
  push_run("cd", 1, *sock.local_endpoint());
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_EQ(kernel.segmented_tries, 3);
  EXPECT_THAT(read_all(sock), ElementsAre("aa", "bb", "aa", "bb", "c", "d"));
  EXPECT_THAT(read_all(other), ElementsAre("aa", "bb"));
}

TEST_F(SendQueue, AFailureOfAWholeMessageIsToldForEachDatagramOnItsOwn) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  push_run("abc", 1, to);
  kernel.send_error = EPERM;
  // All three as one, then the first one alone.
  kernel.failing_sends = 2;
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(failed, ElementsAre("a"));
  EXPECT_THAT(read_all(sock), ElementsAre("b", "c"));
  // It was not segmentation's fault.
  push_run("de", 1, to);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_EQ(sut.counters().offloaded, 2U);
  EXPECT_EQ(sut.counters().offload_refusals, 0U);
}

TEST_F(SendQueue, KeepsEverythingWhileTheSocketIsFull) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  for (const char* text : {"1", "2"}) push(text, to);
  kernel.send_error = EAGAIN;
  kernel.failing_sends = 1;
  EXPECT_EQ(flush(sock), send_queue::backlog::until_writable);
  EXPECT_THAT(sent, IsEmpty());
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(read_all(sock), ElementsAre("1", "2"));
}

TEST_F(SendQueue, TriesAgainLaterWhenADeviceIsFull) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  push("1", to);
  kernel.send_error = ENOBUFS;
  kernel.failing_sends = 1;
  EXPECT_EQ(flush(sock), send_queue::backlog::until_retry);
  EXPECT_THAT(failed, IsEmpty());
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(read_all(sock), ElementsAre("1"));
}

TEST_F(SendQueue, TellsTheErrorOfAnEarlierDatagramAndSendsThisOne) {
  auto peer = bound();
  auto sock = bound();
  ASSERT_TRUE(sock.connect(*peer.local_endpoint()).ok());
  for (const int error :
       {ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENOPROTOOPT, EPROTO}) {
    earlier.clear();
    push("1", std::nullopt);
    kernel.send_error = error;
    kernel.failing_sends = 1;
    EXPECT_EQ(flush(sock), send_queue::backlog::none);
    EXPECT_THAT(earlier, ElementsAre(error));
    EXPECT_THAT(failed, IsEmpty());
    EXPECT_THAT(read_all(peer), ElementsAre("1"));
  }
}

TEST_F(SendQueue, AnErrorThatRecursIsTheDatagramsOwn) {
  auto peer = bound();
  auto sock = bound();
  ASSERT_TRUE(sock.connect(*peer.local_endpoint()).ok());
  push("1", std::nullopt);
  kernel.send_error = ENETUNREACH;
  kernel.failing_sends = 2;
  flush(sock);
  EXPECT_THAT(earlier, IsEmpty());
  EXPECT_THAT(errors, ElementsAre(ENETUNREACH));
}

TEST_F(SendQueue, IsHalfEmptyUpToHalfOfEachLimitAndFullAtEither) {
  const auto with = [this](std::size_t datagrams, std::size_t bytes) {
    send_queue queue(*this, {8, 1000});
    for (std::size_t i = 1; i < datagrams; ++i) queue.push(one("", std::nullopt));
    queue.push(one(std::string(bytes, 'x'), std::nullopt));
    return std::pair(queue.is_half_empty(), queue.is_full());
  };
  EXPECT_EQ(with(4, 500), std::pair(true, false));
  EXPECT_EQ(with(5, 0), std::pair(false, false));
  EXPECT_EQ(with(1, 501), std::pair(false, false));
  EXPECT_EQ(with(7, 999), std::pair(false, false));
  EXPECT_EQ(with(8, 0), std::pair(false, true));
  EXPECT_EQ(with(1, 1000), std::pair(false, true));
}

TEST_F(SendQueue, AddressesWhatWaitsForAPeerThatGoes) {
  auto peer = bound();
  auto sock = bound();
  ASSERT_TRUE(sock.connect(*peer.local_endpoint()).ok());
  push("1", std::nullopt);
  auto other = bound();
  push("2", *other.local_endpoint());
  sut.address_to(*peer.local_endpoint());
  ASSERT_TRUE(sock.disconnect().ok());
  flush(sock);
  EXPECT_THAT(read_all(peer), ElementsAre("1"));
  EXPECT_THAT(read_all(other), ElementsAre("2"));
}

TEST_F(SendQueue, AFullUnixPeerHoldsUpItsOwnDatagramsOnly) {
  const temp_dir directory;
  auto full = *socket::open(family::unix_dgram);
  auto free = *socket::open(family::unix_dgram);
  const auto to_full = *endpoint::unix_path(directory.file("full"));
  const auto to_free = *endpoint::unix_path(directory.file("free"));
  ASSERT_TRUE(full.bind(to_full).ok());
  ASSERT_TRUE(free.bind(to_free).ok());
  auto sock = *socket::open(family::unix_dgram);
  int filled = 0;
  while (sock.send({payload("fill")}, &to_full).error == 0) ++filled;
  ASSERT_GT(filled, 0);

  push("full 1", to_full);
  push("free 1", to_free);
  push("full 2", to_full);
  push("free 2", to_free);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(read_all(free), ElementsAre("free 1", "free 2"));
  EXPECT_EQ(read_all(full).size(), static_cast<std::size_t>(filled));
  EXPECT_EQ(sut.datagrams(), 2U);
  EXPECT_FALSE(sut.empty());
  EXPECT_FALSE(sut.has_ready());
  EXPECT_EQ(sut.counters().retries, 1U);
  // Not before its time, and in order with what comes meanwhile.
  push("full 3", to_full);
  ASSERT_TRUE(sut.next_try());
  EXPECT_GT(*sut.next_try(), now);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(read_all(full), IsEmpty());
  now = *sut.next_try();
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(read_all(full), ElementsAre("full 1", "full 2", "full 3"));
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(sut.next_try(), std::nullopt);
}

TEST_F(SendQueue, ManyFullUnixPeersCostOneTryEachWhenTheyAreDue) {
  const temp_dir directory;
  auto sock = *socket::open(family::unix_dgram, kernel);
  std::vector<socket> peers;
  for (int i = 0; i < 20; ++i) {
    peers.push_back(*socket::open(family::unix_dgram));
    const auto to = *endpoint::unix_path(directory.file(std::to_string(i)));
    ASSERT_TRUE(peers.back().bind(to).ok());
    while (sock.send({payload("fill")}, &to).error == 0) {
    }
    for (int n = 0; n < 50; ++n) push(std::to_string(n), to);
  }
  flush(sock);
  EXPECT_EQ(sut.datagrams(), 1000U);
  kernel.send_calls = 0;
  flush(sock);
  EXPECT_EQ(kernel.send_calls, 0);
  now += std::chrono::seconds(1);
  flush(sock);
  EXPECT_EQ(kernel.send_calls, 20);
  for (auto& peer : peers) read_all(peer);
  for (int round = 0; round < 100 && !sut.empty(); ++round) {
    now += std::chrono::seconds(1);
    flush(sock);
    for (auto& peer : peers) read_all(peer);
  }
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(sent.size(), 1000U);
}

TEST_F(SendQueue, StopsWhenItsEffortIsUsedUpAndGoesOnLater) {
  auto sock = bound();
  auto nobody = bound();
  push_run(std::string(100'000, 'x'), 1, *nobody.local_endpoint());
  send_queue::effort some{1000};
  EXPECT_EQ(sut.flush(sock, now, some), send_queue::backlog::more);
  EXPECT_EQ(some.left, 0U);
  EXPECT_GE(sent.size(), 1000U);
  // A plan may exceed it.
  EXPECT_LE(sent.size(), 1000 + transmit_plan::max_transmits * segmentation::max_segments);
  EXPECT_EQ(sut.counters().retries, 0U);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_EQ(sut.counters().datagrams, 100'000U);
}

TEST_F(SendQueue, CountsKibibytesAsEffort) {
  auto sock = bound();
  auto nobody = bound();
  for (int i = 0; i < 2; ++i) push(std::string(60'000, 'x'), *nobody.local_endpoint());
  send_queue::effort some{117};
  kernel.messages_a_call = 1;
  EXPECT_EQ(sut.flush(sock, now, some), send_queue::backlog::none);
  EXPECT_EQ(some.left, 0U);
}

class RatedQueue : public SendQueue {
 protected:
  RatedQueue() { now = send_queue::clock::time_point(std::chrono::hours(1)); }

  socket sock = bound();
  socket nobody = bound();
  const endpoint to = *nobody.local_endpoint();
  send_queue rated{*this, {}, send_rate{1'000'000, 5000}};
};

TEST_F(RatedQueue, OffersWhatTheRateAllowsAndTheDatagramThatExceedsIt) {
  for (int i = 0; i < 9; ++i) rated.push(one(std::string(900, 'x'), to));
  auto may = send_queue::effort::unlimited();
  EXPECT_EQ(rated.flush(sock, now, may), send_queue::backlog::until_allowed);
  EXPECT_EQ(sent.size(), 6U);
  EXPECT_EQ(rated.flush(sock, now, may), send_queue::backlog::until_allowed);
  EXPECT_EQ(sent.size(), 6U);
  EXPECT_EQ(rated.counters().retries, 0U);
  EXPECT_EQ(rated.flush(sock, rated.next_allowed(), may), send_queue::backlog::none);
  EXPECT_EQ(sent.size(), 9U);
}

TEST_F(RatedQueue, CutsARunAndKeepsTheRestOfIt) {
  rated.push({payload(std::string(std::size_t{20} * 900, 'x')), {}, 900, to, {}});
  auto may = send_queue::effort::unlimited();
  EXPECT_EQ(rated.flush(sock, now, may), send_queue::backlog::until_allowed);
  EXPECT_EQ(sent.size(), 6U);
  EXPECT_EQ(rated.datagrams(), 14U);
  EXPECT_EQ(rated.bytes(), 14U * 900);
  // They leave as few messages, not one by one.
  EXPECT_EQ(rated.counters().offloaded, 6U);
}

TEST_F(RatedQueue, CountsHeadsWhenItCutsARun) {
  outgoing run{payload(std::string(std::size_t{20} * 500, 'x')), {}, 500, to, {}};
  run.heads = {payload(std::string(std::size_t{20} * 400, 'h')), 400};
  rated.push(std::move(run));
  auto may = send_queue::effort::unlimited();
  EXPECT_EQ(rated.flush(sock, now, may), send_queue::backlog::until_allowed);
  EXPECT_EQ(rated.datagrams(), 14U);
  EXPECT_EQ(rated.bytes(), 14U * 900);
}

TEST_F(RatedQueue, HoldsBackGatheredOnesToo) {
  for (int i = 0; i < 9; ++i) {
    rated.push({{}, {payload(std::string(450, 'x')), payload(std::string(450, 'y'))}, 900, to, {}});
  }
  auto may = send_queue::effort::unlimited();
  EXPECT_EQ(rated.flush(sock, now, may), send_queue::backlog::until_allowed);
  EXPECT_EQ(rated.datagrams(), 3U);
}

TEST_F(OffloadVerdict, IsNoneIfTheDatagramsFailOneByOneToo) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  for (const int error : {EIO, EINVAL, EMSGSIZE}) {
    kernel.send_error = error;
    kernel.failing_sends = -1;
    for (int i = 0; i < 65; ++i) {
      push_run("aabb", 2, endpoint::loopback(family::udp4, static_cast<std::uint16_t>(20'000 + i)));
      flush(sock);
    }
    EXPECT_EQ(failed.size(), 130U);
    failed.clear();
    kernel.failing_sends = 0;
    kernel.segmented_tries = 0;
    push_run("aabb", 2, to);
    flush(sock);
    EXPECT_EQ(kernel.segmented_tries, 1) << error;
    EXPECT_THAT(read_all(sock), ElementsAre("aa", "bb"));
  }
}

TEST_F(SendQueue, DatagramsOfAHeldBackPeerAreGivenBackInOrder) {
  const temp_dir directory;
  auto full = *socket::open(family::unix_dgram);
  const auto to = *endpoint::unix_path(directory.file("full"));
  ASSERT_TRUE(full.bind(to).ok());
  auto sock = *socket::open(family::unix_dgram);
  while (sock.send({payload("fill")}, &to).error == 0) {
  }
  for (const char* text : {"1", "2", "3"}) push(text, to);
  flush(sock);
  std::vector<std::string> left;
  for (const auto& what : sut.take_all()) left.emplace_back(what.data.view());
  EXPECT_THAT(left, ElementsAre("1", "2", "3"));
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(sut.datagrams(), 0U);
}

TEST_F(SendQueue, GivesBackWhatIsLeft) {
  push("1", endpoint::loopback(family::udp4, 9));
  EXPECT_EQ(sut.take_all().size(), 1U);
  EXPECT_TRUE(sut.empty());
}

TEST_F(SendQueue, KeepsTheOrderToAFullPeerWhoseDatagramsAreStillToBeOffered) {
  const temp_dir directory;
  auto full = *socket::open(family::unix_dgram);
  const auto to = *endpoint::unix_path(directory.file("full"));
  const auto nobody = *endpoint::unix_path(directory.file("nobody"));
  ASSERT_TRUE(full.bind(to).ok());
  auto sock = *socket::open(family::unix_dgram);
  while (sock.send({payload("fill")}, &to).error == 0) {
  }
  push("1", to);
  for (int i = 0; i < 40; ++i) push("x", nobody);
  push("2", to);
  send_queue::effort some{20};
  EXPECT_EQ(sut.flush(sock, now, some), send_queue::backlog::more);
  push("3", to);
  read_all(full);
  std::vector<std::string> got;
  for (int round = 0; round < 10 && !sut.empty(); ++round) {
    now += std::chrono::seconds(1);
    flush(sock);
    for (auto& text : read_all(full)) got.push_back(text);
  }
  EXPECT_THAT(got, ElementsAre("1", "2", "3"));
}

TEST_F(SendQueue, HasRoomForWhatItsLimitsLeave) {
  send_queue queue(*this, {8, 1000});
  const auto to = endpoint::loopback(family::udp4, 9);
  const auto room = [&](std::size_t bytes, std::size_t segment_size) {
    return queue.room_for({payload(std::string(bytes, 'x')), {}, segment_size, to, {}});
  };
  // An empty queue takes one datagram of any size.
  EXPECT_EQ(room(5000, 5000), 1U);
  EXPECT_EQ(room(5000, 2500), 1U);
  for (int i = 0; i < 5; ++i) queue.push(one(std::string(100, 'x'), to));
  EXPECT_EQ(room(10, 1), 3U);
  EXPECT_EQ(room(500, 500), 1U);
  EXPECT_EQ(room(501, 501), 0U);
  EXPECT_EQ(room(600, 300), 1U);
  outgoing headed{payload(std::string(300, 'x')), {}, 100, to, {}};
  headed.heads = {payload(std::string(300, 'h')), 100};
  EXPECT_EQ(queue.room_for(headed), 2U);
  const std::vector<payload> parts{std::string(400, 'x'), std::string(101, 'x')};
  EXPECT_EQ(queue.room_for({{}, parts, 0, to, {}}), 0U);
  queue.push(one(std::string(500, 'x'), to));
  EXPECT_EQ(room(1, 1), 0U);
  EXPECT_EQ(room(0, 0), 1U);
  for (int i = 0; i < 2; ++i) queue.push(one("", to));
  EXPECT_EQ(room(0, 0), 0U);
}

TEST_F(SendQueue, SendsGatheredOnesInOneCallAndCountsTheirBytes) {
  auto sock = bound();
  auto other = bound();
  const auto gathered = [](const endpoint& to) {
    return outgoing{{}, {payload("ab"), payload("c")}, 3, to, {}};
  };
  for (int i = 0; i < 2; ++i) {
    sut.push(gathered(*sock.local_endpoint()));
    sut.push(gathered(*other.local_endpoint()));
  }
  EXPECT_EQ(sut.bytes(), 12U);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_EQ(kernel.send_calls, 1);
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_THAT(read_all(sock), ElementsAre("abc", "abc"));
  EXPECT_THAT(read_all(other), ElementsAre("abc", "abc"));
  kernel.send_error = EPERM;
  kernel.failing_sends = 1;
  sut.push(gathered(*sock.local_endpoint()));
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(errors, ElementsAre(EPERM));
  EXPECT_EQ(sut.bytes(), 0U);
}

TEST_F(SendQueue, SendsTwoEqualOnesAsOneMessageAlready) {
  auto sock = bound();
  for (const char* text : {"aa", "bb"}) push(text, *sock.local_endpoint());
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_EQ(kernel.segmented_tries, 1);
  EXPECT_THAT(read_all(sock), ElementsAre("aa", "bb"));
}

TEST_F(SendQueue, AnErrorToANamedDestinationIsTheDatagramsOwn) {
  auto sock = bound();
  push("1", *sock.local_endpoint());
  kernel.send_error = ENETUNREACH;
  kernel.failing_sends = 1;
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(errors, ElementsAre(ENETUNREACH));
  EXPECT_THAT(earlier, IsEmpty());
  EXPECT_THAT(read_all(sock), IsEmpty());
}

/// The kernel, which refuses messages with these errors, one after the other.
class refusing_kernel : public faulty_kernel {
 public:
  mutable std::deque<int> refusals;

 protected:
  int refusal_of(const ::msghdr& message) const noexcept override {
    if (refusals.empty()) return faulty_kernel::refusal_of(message);
    const int error = refusals.front();
    refusals.pop_front();
    return error;
  }
};

TEST_F(SendQueue, ADatagramWaitsForTheReasonThatIsItsOwn) {
  const refusing_kernel refusing;
  auto peer = bound();
  auto sock = *socket::open(family::udp4, refusing);
  ASSERT_TRUE(sock.connect(*peer.local_endpoint()).ok());
  push("1", std::nullopt);
  refusing.refusals = {ECONNREFUSED, EAGAIN};
  EXPECT_EQ(flush(sock), send_queue::backlog::until_writable);
  EXPECT_THAT(earlier, ElementsAre(ECONNREFUSED));
  EXPECT_THAT(failed, IsEmpty());
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(read_all(peer), ElementsAre("1"));
}

TEST_F(OffloadVerdict, IsNoneAfterDatagramsThatFailedOneByOneEither) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  push_run("aabb", 2, to);
  kernel.send_error = EINVAL;
  // Both as one, then each alone.
  kernel.failing_sends = 3;
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(failed, ElementsAre("aa", "bb"));
  push("c", to);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  push_run("ddee", 2, to);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_EQ(sut.counters().offloaded, 2U);
  EXPECT_THAT(read_all(sock), ElementsAre("c", "dd", "ee"));
}

TEST_F(OffloadVerdict, OnAPeerDoesNotHoldForTheNext) {
  auto first = bound();
  auto second = bound();
  auto sock = bound();
  // Nothing has been learned of one yet.
  sut.forget_peer();
  ASSERT_TRUE(sock.connect(*first.local_endpoint()).ok());
  kernel.segmentation_error = EINVAL;
  push_run("aabb", 2, std::nullopt);
  flush(sock);
  kernel.segmentation_error = 0;
  push_run("aabb", 2, std::nullopt);
  flush(sock);
  EXPECT_EQ(sut.counters().offloaded, 0U);
  sut.forget_peer();
  ASSERT_TRUE(sock.disconnect().ok());
  ASSERT_TRUE(sock.connect(*second.local_endpoint()).ok());
  push_run("ccdd", 2, std::nullopt);
  flush(sock);
  EXPECT_EQ(sut.counters().offloaded, 2U);
  EXPECT_THAT(read_all(second), ElementsAre("cc", "dd"));
}

TEST_F(SendQueue, TriesAFullUnixPeerEverMoreRarelyUntilItTakesSomething) {
  const temp_dir directory;
  auto full = *socket::open(family::unix_dgram);
  const auto to = *endpoint::unix_path(directory.file("full"));
  ASSERT_TRUE(full.bind(to).ok());
  auto sock = *socket::open(family::unix_dgram);
  while (sock.send({payload("fill")}, &to).error == 0) {
  }
  for (const char* text : {"1", "2"}) push(text, to);
  for (const int expected : {1, 2, 4, 8}) {
    EXPECT_EQ(flush(sock), send_queue::backlog::none);
    ASSERT_TRUE(sut.next_try());
    EXPECT_EQ(*sut.next_try() - now, std::chrono::milliseconds(expected));
    now = *sut.next_try();
  }
  read_all(full);
  EXPECT_EQ(flush(sock), send_queue::backlog::none);
  EXPECT_THAT(read_all(full), ElementsAre("1", "2"));
  EXPECT_TRUE(sut.empty());
}

}  // namespace
}  // namespace dgram
