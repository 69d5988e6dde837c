#include "caf_dgram/dgram/polling/poller.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <thread>
#include <vector>

#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/polling/timeout.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds longest_wait{20};

std::vector<poller_kind> kinds_of_this_system() {
  if (default_poller_kind() == poller_kind::epoll) return {poller_kind::epoll, poller_kind::poll};
  return {poller_kind::poll};
}

/// All implementations keep the same contract.
class Poller : public ::testing::TestWithParam<poller_kind> {
 protected:
  socket bound() {
    auto sock = *socket::open(family::udp4);
    EXPECT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
    return sock;
  }

  void send_to(const socket& sock) {
    const auto to = *sock.local_endpoint();
    ASSERT_EQ(sender.send({payload("x")}, &to).error, 0);
  }

  std::vector<readiness> wait(poller::clock::duration timeout, std::size_t room = 8) {
    std::vector<readiness> ready(room);
    ready.resize(sut->wait(absl::MakeSpan(ready), timeout));
    return ready;
  }

  std::unique_ptr<poller> sut = *make_poller(GetParam());
  socket sender = *socket::open(family::udp4);
  int tag = 0;
  int other_tag = 0;
};

INSTANTIATE_TEST_SUITE_P(Kinds, Poller, ::testing::ValuesIn(kinds_of_this_system()),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(Poller, ReportsAReadableDescriptorByItsTag) {
  auto a = bound();
  auto b = bound();
  ASSERT_TRUE(sut->watch(a.descriptor(), &tag, interest::read).ok());
  ASSERT_TRUE(sut->watch(b.descriptor(), &other_tag, interest::read).ok());
  send_to(b);
  const auto ready = wait(longest_wait);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_EQ(ready[0].tag, &other_tag);
  EXPECT_TRUE(ready[0].readable);
  EXPECT_FALSE(ready[0].writable);
}

TEST_P(Poller, ReportsAgainUntilAllIsRead) {
  auto sock = bound();
  ASSERT_TRUE(sut->watch(sock.descriptor(), &tag, interest::read).ok());
  send_to(sock);
  EXPECT_EQ(wait(longest_wait).size(), 1U);
  EXPECT_EQ(wait(longest_wait).size(), 1U);
  std::array<char, 8> buffer{};
  sock.receive(absl::MakeSpan(buffer));
  EXPECT_EQ(wait(milliseconds(0)).size(), 0U);
}

TEST_P(Poller, ReportsWritableOnlyWhenAsked) {
  auto sock = bound();
  ASSERT_TRUE(sut->watch(sock.descriptor(), &tag, interest::read).ok());
  EXPECT_EQ(wait(milliseconds(0)).size(), 0U);
  ASSERT_TRUE(sut->change(sock.descriptor(), &other_tag, interest::read_and_write).ok());
  const auto ready = wait(longest_wait);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_TRUE(ready[0].writable);
  EXPECT_EQ(ready[0].tag, &other_tag);
  ASSERT_TRUE(sut->change(sock.descriptor(), &tag, interest::read).ok());
  EXPECT_EQ(wait(milliseconds(0)).size(), 0U);
}

TEST_P(Poller, ReportsNothingToReadWhereOnlyRoomToWriteIsAwaited) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  ASSERT_EQ(sock.send({payload("x")}, &to).error, 0);
  ASSERT_TRUE(sut->watch(sock.descriptor(), &tag, interest::write).ok());
  auto ready = wait(longest_wait);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_TRUE(ready[0].writable);
  EXPECT_FALSE(ready[0].readable);
  ASSERT_TRUE(sut->change(sock.descriptor(), &tag, interest::read).ok());
  ready = wait(longest_wait);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_TRUE(ready[0].readable);
  EXPECT_FALSE(ready[0].writable);
}

TEST_P(Poller, ReportsAPendingErrorWhateverIsAwaited) {
  auto gone = bound();
  const auto to = *gone.local_endpoint();
  // Keeps the port to itself, and hears nobody.
  ASSERT_TRUE(gone.connect(to).ok());
  auto sock = bound();
  ASSERT_TRUE(sock.connect(to).ok());
  ASSERT_TRUE(sut->watch(sock.descriptor(), &tag, interest::nothing).ok());
  EXPECT_EQ(wait(milliseconds(0)).size(), 0U);
  ASSERT_EQ(sock.send({payload("x")}, nullptr).error, 0);
  const auto ready = wait(longest_wait);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_TRUE(ready[0].readable);
  EXPECT_EQ(sock.take_error(), ECONNREFUSED);
  EXPECT_EQ(sock.take_error(), 0);
  EXPECT_EQ(wait(milliseconds(0)).size(), 0U);
}

TEST_P(Poller, ReportsAPendingErrorAsReadable) {
  auto gone = bound();
  const auto to = *gone.local_endpoint();
  // Keeps the port to itself, and hears nobody.
  ASSERT_TRUE(gone.connect(to).ok());
  auto sock = bound();
  ASSERT_TRUE(sock.connect(to).ok());
  ASSERT_TRUE(sut->watch(sock.descriptor(), &tag, interest::read).ok());
  ASSERT_EQ(sock.send({payload("x")}, nullptr).error, 0);
  const auto ready = wait(longest_wait);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_TRUE(ready[0].readable);
  std::array<char, 8> buffer{};
  EXPECT_EQ(sock.receive(absl::MakeSpan(buffer)).error, ECONNREFUSED);
  EXPECT_EQ(wait(milliseconds(0)).size(), 0U);
}

TEST_P(Poller, ForgetsADescriptor) {
  auto a = bound();
  auto b = bound();
  ASSERT_TRUE(sut->watch(a.descriptor(), &tag, interest::read).ok());
  ASSERT_TRUE(sut->watch(b.descriptor(), &other_tag, interest::read).ok());
  send_to(a);
  sut->forget(a.descriptor());
  EXPECT_EQ(wait(milliseconds(0)).size(), 0U);
  send_to(b);
  EXPECT_EQ(wait(longest_wait).size(), 1U);
  ASSERT_TRUE(sut->watch(a.descriptor(), &tag, interest::read).ok());
  EXPECT_EQ(wait(longest_wait).size(), 2U);
}

TEST_P(Poller, RefusesWhatItCannotWatch) {
  auto sock = bound();
  EXPECT_EQ(errno_of(sut->watch(-1, &tag, interest::read)), EBADF);
  EXPECT_EQ(errno_of(sut->change(sock.descriptor(), &tag, interest::read)), ENOENT);
  ASSERT_TRUE(sut->watch(sock.descriptor(), &tag, interest::read).ok());
  EXPECT_EQ(errno_of(sut->watch(sock.descriptor(), &tag, interest::read)), EEXIST);
}

TEST_P(Poller, WaitsAtLeastAsLongAsTold) {
  const auto start = poller::clock::now();
  EXPECT_EQ(wait(milliseconds(30)).size(), 0U);
  EXPECT_GE(poller::clock::now() - start, milliseconds(30));
}

TEST_P(Poller, WakesFromAnotherThread) {
  std::thread waker([this] { sut->wake(); });
  EXPECT_EQ(wait(longest_wait).size(), 0U);
  waker.join();
}

TEST_P(Poller, RemembersAWakeBeforeTheWait) {
  for (int i = 0; i < 100'000; ++i) sut->wake();
  const auto start = poller::clock::now();
  EXPECT_EQ(wait(longest_wait).size(), 0U);
  EXPECT_LT(poller::clock::now() - start, longest_wait);
  EXPECT_EQ(wait(milliseconds(0)).size(), 0U);
}

TEST_P(Poller, ServesEveryDescriptorWhenThereIsRoomForFewOrOne) {
  std::vector<socket> socks;
  std::vector<int> tags(6);
  for (auto& own : tags) {
    socks.push_back(bound());
    ASSERT_TRUE(sut->watch(socks.back().descriptor(), &own, interest::read).ok());
    send_to(socks.back());
  }
  for (const int room : {2, 1}) {
    std::vector<bool> seen(tags.size(), false);
    for (int round = 0; round < 12 / room; ++round) {
      for (const auto& event : wait(longest_wait, static_cast<std::size_t>(room))) {
        seen[static_cast<std::size_t>(static_cast<int*>(event.tag) - tags.data())] = true;
      }
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 6) << room;
  }
}

TEST_P(Poller, ReportsTheRightTagsAfterOneWasForgotten) {
  std::vector<socket> socks;
  std::vector<int> tags(4);
  for (auto& own : tags) {
    socks.push_back(bound());
    ASSERT_TRUE(sut->watch(socks.back().descriptor(), &own, interest::read).ok());
  }
  sut->forget(socks[1].descriptor());
  for (const std::size_t i : {0U, 2U, 3U}) {
    send_to(socks[i]);
    const auto ready = wait(longest_wait);
    ASSERT_EQ(ready.size(), 1U);
    EXPECT_EQ(ready[0].tag, &tags[i]);
    std::array<char, 8> buffer{};
    socks[i].receive(absl::MakeSpan(buffer));
  }
}

TEST_P(Poller, WaitsAgainOnceAWakeHasBeenSeen) {
  sut->wake();
  EXPECT_EQ(wait(longest_wait).size(), 0U);
  const auto start = poller::clock::now();
  EXPECT_EQ(wait(milliseconds(30)).size(), 0U);
  EXPECT_GE(poller::clock::now() - start, milliseconds(30));
}

TEST_P(Poller, DoesNotWaitShorterThanAFractionOfAMillisecond) {
  for (const auto time : {std::chrono::microseconds(1), std::chrono::microseconds(1500)}) {
    const auto start = poller::clock::now();
    EXPECT_EQ(wait(time).size(), 0U);
    EXPECT_GE(poller::clock::now() - start, time);
  }
}

TEST_P(Poller, ReportsNothingWhereNothingIsAwaited) {
  auto sock = bound();
  send_to(sock);
  ASSERT_TRUE(sut->watch(sock.descriptor(), &tag, interest::nothing).ok());
  EXPECT_EQ(wait(milliseconds(0)).size(), 0U);
  ASSERT_TRUE(sut->change(sock.descriptor(), &tag, interest::read).ok());
  EXPECT_EQ(wait(longest_wait).size(), 1U);
}

TEST_P(Poller, WatchesADescriptorThatProgramsInherit) {
  auto sock = bound();
  // A copy is not close-on-exec.
  const int copy = ::dup(sock.descriptor());
  ASSERT_TRUE(sut->watch(copy, &tag, interest::read).ok());
  send_to(sock);
  EXPECT_EQ(wait(longest_wait).size(), 1U);
  sut->forget(copy);
  ::close(copy);
}

TEST_P(Poller, PausesAsLongAsToldWhateverIsReady) {
  auto sock = bound();
  ASSERT_TRUE(sut->watch(sock.descriptor(), &tag, interest::read).ok());
  send_to(sock);
  const auto start = poller::clock::now();
  sut->pause(milliseconds(30));
  EXPECT_GE(poller::clock::now() - start, milliseconds(30));
}

TEST_P(Poller, EndsAPauseWithAWake) {
  const auto start = poller::clock::now();
  std::thread waker([this] { sut->wake(); });
  sut->pause(longest_wait);
  waker.join();
  EXPECT_LT(poller::clock::now() - start, longest_wait);
}

TEST(Timeout, IsInMillisecondsRoundedUp) {
  EXPECT_EQ(timeout_milliseconds(std::nullopt), -1);
  EXPECT_EQ(timeout_milliseconds(milliseconds(-5)), 0);
  EXPECT_EQ(timeout_milliseconds(milliseconds(0)), 0);
  EXPECT_EQ(timeout_milliseconds(std::chrono::nanoseconds(1)), 1);
  EXPECT_EQ(timeout_milliseconds(milliseconds(1)), 1);
  EXPECT_EQ(timeout_milliseconds(std::chrono::microseconds(1500)), 2);
  EXPECT_EQ(timeout_milliseconds(std::chrono::hours(24 * 365)), std::numeric_limits<int>::max());
}

}  // namespace
}  // namespace dgram
