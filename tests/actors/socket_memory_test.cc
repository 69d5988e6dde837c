#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t limit = std::size_t{256} << 10;

/// One kernel buffer may come in beyond the limit, with the messages that its
/// datagrams come in.
constexpr std::size_t excess_allowed = 65'536 + 64 * 512;

class Memory : public SocketTest {
 protected:
  void open(const open_options& options) {
    sock = *here.net.open(family::udp4, options);
    at = *here.ask<endpoint>(sock, bind{endpoint::loopback(family::udp4, 0)});
  }

  /// A socket whose datagrams come one a buffer, all of which are heard by `self`.
  void open_small() {
    open_options options;
    options.receive_memory = limit;
    options.receive_offload = false;
    options.listener = here.probe();
    options.events = event_kinds::all;
    open(options);
    here.await<listening_event>();
  }

  void send(int count, std::size_t size) {
    const payload bytes(std::string(size, 'x'));
    for (int i = 0; i < count; ++i) ASSERT_EQ(client.send({bytes}, &at).error, 0);
    sent += static_cast<std::uint64_t>(count);
  }

  /// Sends until the socket reads no further.
  void fill(std::size_t size) {
    EXPECT_TRUE(here.await_counts(sock, [&](const statistics& s) {
      if (s.pauses == 0) send(100, size);
      return s.pauses > 0;
    }));
  }

  /// Waits until the socket has read all that was sent.
  void await_received() {
    ASSERT_TRUE(
        here.await_counts(sock, [this](const statistics& s) { return s.received >= sent; }));
  }

  statistics counted() { return *here.ask<statistics>(sock, get_statistics{}); }

  /// Takes all datagrams out of the mailbox, until as many have come as were sent
  /// without what the kernel dropped.
  void take_all() {
    const auto until = std::chrono::steady_clock::now() + patience;
    for (auto now = counted(); taken + now.kernel_drops < sent; now = counted()) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << taken << " taken\n" << to_string(now);
      for (const auto& line : here.lines_so_far()) {
        taken += line.compare(0, 7, "message") == 0 ? 1 : 0;
      }
    }
  }

  socket_actor sock;
  endpoint at;
  dgram::socket client = *dgram::socket::open(family::udp4);
  std::uint64_t sent = 0;
  std::uint64_t taken = 0;
};

TEST_F(Memory, ThatSubscribersHoldStopsTheSocketUntilHalfOfItHasComeBack) {
  open_small();
  for (const std::size_t size : {0, 1, 1200, 30'000}) {
    const auto before = counted().pauses;
    ASSERT_TRUE(here.await_counts(sock, [&](const statistics& s) {
      if (s.pauses == before) send(20, size);
      return s.pauses > before;
    }));
    send(200, size);
    const auto full = counted();
    EXPECT_GE(full.held_bytes, limit / 2) << size;
    EXPECT_LE(full.held_bytes, limit + excess_allowed) << size;
    const auto received = full.received;
    send(10, size);
    EXPECT_EQ(counted().received, received);
    take_all();
    EXPECT_EQ(counted().received + counted().kernel_drops, sent);
    EXPECT_EQ(counted().held_bytes, 0U);
  }
}

TEST_F(Memory, ThatIsFullStaysSoUntilHalfOfItHasComeBack) {
  open_small();
  fill(1200);
  send(50, 1200);
  const auto received = counted().received;
  auto now = counted();
  std::size_t least = limit;
  for (; now.received == received && now.held_bytes > limit / 2; now = counted()) {
    least = std::min<std::size_t>(least, now.held_bytes);
    here.await<message_event>();
    ++taken;
  }
  // There was some room for long, but not half of it: it comes in chunks of 64 KiB at most.
  EXPECT_LT(least, limit * 3 / 4);
  take_all();
  EXPECT_GT(counted().received, received);
}

/// Notes when the kernel is asked for the number of its drops.
class asked_kernel : public syscalls {
 public:
  using clock = std::chrono::steady_clock;

  int getsockopt(int fd, int level, int name, void* value,
                 ::socklen_t* length) const noexcept override {
    if (level == SOL_SOCKET && name == SO_MEMINFO) {
      const std::lock_guard<std::mutex> guard(mutex_);
      times_.push_back(clock::now());
    }
    return syscalls::getsockopt(fd, level, name, value, length);
  }

  std::vector<clock::time_point> times() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return times_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<clock::time_point> times_;
};

class MemoryOfAPausedSocket : protected with_kernel<asked_kernel>, public Memory {};

TEST_F(MemoryOfAPausedSocket, IsLookedAtForDropsEverMoreRarelyAndSoonAgainWhenItPausesAnew) {
  use_kernel(here.net, kernel);
  open({});
  const auto credits_of = [&](std::int64_t credits) {
    return here.tell(sock, subscribe{here.probe(), delivery::single, credits});
  };
  std::vector<asked_kernel::clock::duration> gaps;
  ASSERT_FALSE(credits_of(0));
  const auto before = kernel.times().size();
  ASSERT_TRUE(comes_true([&] { return kernel.times().size() == before + 5; }));
  const auto times = kernel.times();
  for (auto i = before + 1; i < times.size(); ++i) gaps.push_back(times[i] - times[i - 1]);
  EXPECT_GE(gaps[3], std::chrono::milliseconds(1600));
  ASSERT_FALSE(credits_of(subscribe::unlimited));
  const auto again = asked_kernel::clock::now();
  ASSERT_FALSE(credits_of(0));
  const auto asked = kernel.times().size();
  ASSERT_TRUE(comes_true([&] { return kernel.times().size() > asked; }));
  EXPECT_LT(kernel.times()[asked] - again, gaps[3]);
}

TEST_F(Memory, ThatIsKeptOutsideOfMessagesCountsToo) {
  open_small();
  std::vector<payload> kept;
  for (auto now = counted(); now.pauses == 0; now = counted()) {
    send(1, 1200);
    for (; here.has_event(); ++taken) {
      kept.push_back(here.await<message_event>().data);
    }
  }
  EXPECT_GE(counted().held_bytes, limit);
  kept.clear();
  take_all();
  EXPECT_EQ(counted().held_bytes, 0U);
}

TEST_F(Memory, ThatADeadSubscriberHeldComesBack) {
  open_small();
  ASSERT_FALSE(here.tell(sock, unsubscribe{here.probe()}));
  auto hoarder = std::make_unique<caf::scoped_actor>(system);
  ASSERT_FALSE(
      here.tell(sock, subscribe{*hoarder, delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  fill(1200);
  hoarder.reset();
  EXPECT_TRUE(here.await_counts(sock, [this](const statistics& s) {
    return s.held_bytes == 0 && s.received + s.kernel_drops >= sent;
  }));
  const auto now = counted();
  EXPECT_EQ(now.received + now.kernel_drops, sent);
}

TEST_F(Memory, OfOneThatLosesIsItsOwn) {
  open_options options;
  options.receive_memory = limit;
  open(options);
  caf::scoped_actor hoarder{system};
  ASSERT_FALSE(here.tell(
      sock, subscribe{hoarder, delivery::single, subscribe::unlimited, excess::lose_newest,
                      subscribe::default_backlog, event_kinds::all}));
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  const int count = 2000;
  for (int i = 0; i < count; ++i) {
    send(1, 1200);
    ASSERT_EQ(here.await<message_event>().size, 1200U);
  }
  const auto now = counted();
  EXPECT_EQ(now.pauses, 0U);
  EXPECT_EQ(now.received, static_cast<std::uint64_t>(count));
  EXPECT_EQ(now.subscribers.at(1).delivered, static_cast<std::uint64_t>(count));
  const auto& slow = now.subscribers.at(0);
  EXPECT_GT(slow.lost, 0U);
  EXPECT_EQ(slow.delivered + slow.lost, static_cast<std::uint64_t>(count));
  EXPECT_LE(slow.delivered * 1200, limit + excess_allowed);
  std::uint64_t messages = 0;
  std::uint64_t told = 0;
  while (hoarder->has_next_message()) {
    hoarder->receive([&](const message_event&) { ++messages; },
                     [&](const overrun_event& event) { told += event.lost; });
  }
  EXPECT_EQ(messages, slow.delivered);
  EXPECT_GE(told, 1U);
  EXPECT_LE(told, slow.lost);
}

TEST_F(Memory, OfOneThatLosesIsLimitedHoweverManyCreditsItHas) {
  for (const auto beyond : {excess::lose_newest, excess::lose_oldest}) {
    open_options options;
    options.receive_memory = limit;
    open(options);
    sent = 0;
    caf::scoped_actor hoarder{system};
    ASSERT_FALSE(here.tell(sock, subscribe{hoarder, delivery::single, std::int64_t{1} << 40, beyond,
                                           subscribe::default_backlog, event_kinds::all}));
    for (int i = 0; i < 500; ++i) {
      send(1, 1200);
      await_received();
    }
    const auto slow = counted().subscribers.at(0);
    EXPECT_GT(slow.lost, 0U);
    EXPECT_EQ(slow.delivered + slow.lost + slow.waiting, 500U);
    EXPECT_LE((slow.delivered + slow.waiting) * 1200, limit + excess_allowed);
  }
}

TEST_F(Memory, ThatOneDatagramFillsStopsAndResumesTheSocketAgainAndAgain) {
  open_options options;
  options.receive_memory = 1;
  options.listener = here.probe();
  options.events = event_kinds::all;
  open(options);
  here.await<listening_event>();
  for (int i = 0; i < 3000; ++i) {
    send(2, 30'000);
    for (int left = 2; left > 0; --left) ASSERT_EQ(here.await<message_event>().size, 30'000U);
  }
  EXPECT_GT(counted().pauses, 100U);
}

TEST_F(Memory, OfWhatWaitsForCreditsIsLimitedWhereTheOldestIsLost) {
  open_options options;
  options.receive_memory = limit;
  open(options);
  ASSERT_FALSE(here.tell(sock, subscribe{here.probe(), delivery::single, 0, excess::lose_oldest,
                                         std::int64_t{1} << 40, event_kinds::all}));
  EXPECT_EQ(here.next_line(), "passive");
  for (int i = 0; i < 1000; ++i) {
    send(1, 1200);
    await_received();
  }
  const auto mine = counted().subscribers.at(0);
  EXPECT_EQ(mine.waiting + mine.lost, 1000U);
  EXPECT_GT(mine.waiting, 10U);
  EXPECT_LE(mine.waiting * 1200, limit + excess_allowed);
}

TEST_F(Memory, DropsOfTheKernelArePublishedWithTheirSum) {
  open_small();
  fill(1200);
  send(1000, 1200);
  std::uint64_t told = 0;
  std::uint64_t total = 0;
  std::uint64_t messages = 0;
  auto now = counted();
  const auto until = std::chrono::steady_clock::now() + patience;
  while (told < now.kernel_drops || messages + now.kernel_drops < sent) {
    ASSERT_LT(std::chrono::steady_clock::now(), until) << to_string(now);
    here.self->receive([&](const message_event&) { ++messages; },
                       [&](const kernel_drop_event& event) {
                         told += event.dropped;
                         EXPECT_EQ(event.total, told);
                         total = event.total;
                       },
                       caf::after(std::chrono::milliseconds(1)) >> [] {});
    now = counted();
  }
  EXPECT_GT(total, 0U);
  EXPECT_EQ(total, now.kernel_drops);
  EXPECT_EQ(messages, now.received);
  EXPECT_EQ(now.received + now.kernel_drops, sent);
}

TEST_F(Memory, DropsOfTheKernelAreToldBeforeTheEnd) {
  open_small();
  fill(1200);
  send(1000, 1200);
  ASSERT_FALSE(here.tell(sock, close{}));
  std::uint64_t told = 0;
  bool closed = false;
  while (!closed && !HasFailure()) {
    here.self->receive([](const message_event&) {},
                       [&](const kernel_drop_event& event) { told = event.total; },
                       [&](const close_event&) { closed = true; },
                       caf::after(patience) >> [] { ADD_FAILURE() << "no close came"; });
  }
  EXPECT_GT(told, 0U);
}

TEST_F(Memory, ConnectedSocketsThatPauseStillTellErrors) {
  auto peer = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(peer.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto gone = *peer.local_endpoint();
  open(open_options{});
  ASSERT_FALSE(here.tell(sock, subscribe{here.probe(), delivery::single, 0, excess::pause,
                                         subscribe::default_backlog, event_kinds::all}));
  EXPECT_EQ(here.next_line(), "passive");
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{gone}));
  EXPECT_THAT(here.next_line(), HasSubstr("connect"));
  // Keeps the port to itself, and hears nobody.
  ASSERT_TRUE(peer.connect(gone).ok());
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x"}));
  EXPECT_THAT(here.next_line(), HasSubstr("ECONNREFUSED"));
  EXPECT_EQ(counted().errors.at(0).error, ECONNREFUSED);
}

TEST_F(Memory, IsNotSpentOnBlockedSenders) {
  auto blocked = std::make_shared<block_list>();
  ASSERT_TRUE(blocked->add("127.0.0.2/31").ok());
  open_options options;
  options.receive_block_list = blocked;
  options.listener = here.probe();
  options.events = event_kinds::all;
  open(options);
  here.await<listening_event>();
  auto enemy = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(enemy.bind(*endpoint::ip("127.0.0.3", 0)).ok());
  for (int i = 0; i < 10; ++i) ASSERT_EQ(enemy.send({payload("evil")}, &at).error, 0);
  ASSERT_EQ(client.send({payload("good")}, &at).error, 0);
  EXPECT_EQ(here.next_line(), "message good");
  EXPECT_EQ(counted().blocked, 10U);
  EXPECT_EQ(counted().received, 1U);
  EXPECT_EQ(counted().received_buffers, 11U);
}

TEST_F(Memory, IsNotSpentWhereNobodyListensAndThatIsCounted) {
  open(open_options{});
  send(10, 100);
  await_received();
  EXPECT_EQ(counted().undelivered, 10U);
  EXPECT_EQ(counted().held_bytes, 0U);
}

TEST_F(Memory, IsNotSpentOnErrorsThatOthersCause) {
  auto peer = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(peer.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto gone = *peer.local_endpoint();
  open(open_options{});
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{gone}));
  peer.close();
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  const auto errors = [this] {
    const auto now = counted();
    return now.errors.empty() ? 0 : now.errors[0].count;
  };
  const auto begin = std::chrono::steady_clock::now();
  while (errors() < 500) {
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x"}));
    ASSERT_LT(std::chrono::steady_clock::now(), begin + patience) << errors() << " errors";
  }
  const auto allowed =
      10 + (std::chrono::steady_clock::now() - begin) / std::chrono::milliseconds(100);
  std::uint64_t told = 0;
  std::uint64_t withheld = 0;
  while (here.has_event()) {
    withheld += here.await<error_event>().withheld;
    ++told;
  }
  EXPECT_GE(told, 10U);
  EXPECT_LE(told, static_cast<std::uint64_t>(allowed) + 1);
  EXPECT_LE(told + withheld, errors());
}

TEST_F(Memory, OfMessagesCountsBesideThatOfTheirDatagrams) {
  open({});
  // Without credits nothing is read, so that all is read at once later.
  ASSERT_FALSE(here.tell(sock, subscribe{here.probe(), delivery::single, 0}));
  send(60, 1);
  ASSERT_FALSE(here.tell(sock, grant{here.probe(), 100}));
  await_received();
  EXPECT_GE(counted().held_bytes, 60 * sizeof(message_event));
}

/// The kernel, which reports as many drops as a test says.
class dropping_kernel : public faulty_kernel {
 public:
  std::atomic<std::uint32_t> drops{0};

  int getsockopt(int fd, int level, int name, void* value,
                 ::socklen_t* length) const noexcept override {
    const int result = faulty_kernel::getsockopt(fd, level, name, value, length);
    if (result == 0 && level == SOL_SOCKET && name == SO_MEMINFO) {
      static_cast<std::uint32_t*>(value)[SK_MEMINFO_DROPS] = drops;
    }
    return result;
  }
};

class KernelDrops : protected with_kernel<dropping_kernel>, public Memory {};

TEST_F(KernelDrops, ThatWereCountedOnRequestAreToldWithTheNextDatagram) {
  use_kernel(here.net, kernel);
  open_small();
  kernel.drops = 1;
  EXPECT_EQ(counted().kernel_drops, 1U);
  EXPECT_FALSE(here.has_event());
  send(1, 1);
  EXPECT_EQ(here.next_line(), "message x");
  EXPECT_EQ(here.next_line(), "kernel drop 1 of 1");
}

TEST_F(KernelDrops, AreLookedForAfterSeveralBuffersAtOnce) {
  use_kernel(here.net, kernel);
  const auto blocker = here.open_bound(family::udp4).first;
  open_small();
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, blocker, dgram::send{"x", endpoint::loopback(family::udp4, 9)});
  ASSERT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
  send(2, 1);
  kernel.drops = 1;
  halt.unlock();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(here.next_line(), "message x");
  EXPECT_EQ(here.next_line(), "kernel drop 1 of 1");
}

TEST_F(KernelDrops, AreToldAtTheEndEvenIfItIsOne) {
  use_kernel(here.net, kernel);
  open_small();
  kernel.drops = 1;
  ASSERT_FALSE(here.tell(sock, close{}));
  EXPECT_EQ(here.next_line(), "kernel drop 1 of 1");
  EXPECT_EQ(here.await<close_event>().counted.kernel_drops, 1U);
}

/// The kernel, which says that every datagram was larger than its buffer.
class cutting_kernel : public syscalls {
 public:
  int recvmmsg(int fd, multi_message* messages, unsigned count, int flags) const noexcept override {
    const int got = syscalls::recvmmsg(fd, messages, count, flags);
    for (int i = 0; i < got; ++i) messages[i].msg_len = 70'000;
    return got;
  }
};

class MemoryOfCutDatagrams : protected with_kernel<cutting_kernel>, public Memory {};

TEST_F(MemoryOfCutDatagrams, IsThatOfTheirBufferAndTheirSizeIsTold) {
  use_kernel(here.net, kernel);
  open_small();
  send(1, 1);
  const auto event = here.await<message_event>();
  EXPECT_EQ(event.size, 70'000U);
  EXPECT_EQ(event.data.size(), 65'536U);
  EXPECT_EQ(counted().truncated, 1U);
}

TEST_F(Memory, OfMessagesIsExactHoweverOftenOneSubscribes) {
  // What an allocation costs beside its bytes.
  constexpr std::size_t allocation = 16;
  const auto held_by_60 = [this](delivery way, int subscriptions) {
    open_options options;
    options.receive_offload = false;
    open(options);
    // Without credits nothing is read, so that all is read at once later.
    for (int i = 0; i < subscriptions; ++i) {
      EXPECT_FALSE(here.tell(sock, subscribe{here.probe(), way, 0}));
    }
    sent = 0;
    send(60, 1);
    EXPECT_FALSE(here.tell(sock, grant{here.probe(), 100}));
    await_received();
    return counted().held_bytes;
  };
  const auto single = held_by_60(delivery::single, 1);
  EXPECT_GE(single, 60 * (message_size<message_event> + allocation));
  EXPECT_EQ(held_by_60(delivery::single, 20), single);
  const auto batched = held_by_60(delivery::batched, 1);
  EXPECT_GE(batched, 60 * (message_size<batch_event> + allocation + sizeof(datagram_run) +
                           sizeof(datagram_ends)));
  EXPECT_EQ(held_by_60(delivery::batched, 20), batched);
}

TEST_F(Memory, OfOthersIsCountedBesideOneThatLosesAndAfterIt) {
  open_small();
  caf::scoped_actor loser{system};
  ASSERT_FALSE(here.tell(
      sock, subscribe{loser, delivery::single, subscribe::unlimited, excess::lose_newest}));
  send(10, 1200);
  await_received();
  const auto beside = counted().held_bytes;
  EXPECT_GE(beside, 12'000U);
  ASSERT_FALSE(here.tell(sock, unsubscribe{loser}));
  send(10, 1200);
  await_received();
  EXPECT_GE(counted().held_bytes, beside + 12'000);
}

TEST_F(Memory, OfOneThatLosesIsNotRenewedWithItsTerms) {
  open_options options;
  options.receive_memory = limit;
  open(options);
  const subscribe terms{here.self,           delivery::single,           subscribe::unlimited,
                        excess::lose_newest, subscribe::default_backlog, event_kinds::all};
  ASSERT_FALSE(here.tell(sock, terms));
  // One at a time, so that the first one lost is alone.
  ASSERT_TRUE(here.await_counts(sock, [this](const statistics& s) {
    if (s.lost == 0 && s.received == sent) send(1, 1200);
    return s.lost > 0;
  }));
  const auto delivered = counted().subscribers.at(0).delivered;
  ASSERT_FALSE(here.tell(sock, terms));
  send(5, 1200);
  await_received();
  EXPECT_EQ(counted().subscribers.at(0).delivered, delivered);
  EXPECT_EQ(counted().lost, 6U);
  auto lines = here.lines_so_far();
  const auto is_loss = [](const std::string& line) { return line.rfind("overrun", 0) == 0; };
  const auto first = std::find_if(lines.begin(), lines.end(), is_loss);
  ASSERT_NE(first, lines.end());
  EXPECT_EQ(*first, "overrun 1 of 1");
  // The messages are gone, so that there is room: the losses come before what comes next.
  send(1, 1200);
  await_received();
  lines = here.lines_so_far();
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines.back(), HasSubstr("message x"));
}

/// Losses of a subscriber without credits.
class LossesLookedFor : protected with_kernel<asked_kernel>, public Memory {
 protected:
  /// Loses one more datagram; how often the socket looked for losses until it told this one.
  /// It asks the kernel each time.
  std::size_t looks_until_told(int total) {
    const auto before = kernel.times().size();
    send(1, 1);
    EXPECT_EQ(here.next_line(), "overrun 1 of " + std::to_string(total));
    return kernel.times().size() - before;
  }
};

TEST_F(LossesLookedFor, AreToldEverMoreRarelyAndAtOnceAgainAfterSomethingPassed) {
  use_kernel(here.net, kernel);
  open({});
  ASSERT_FALSE(here.tell(sock, subscribe{here.probe(), delivery::single, 0, excess::lose_newest, 0,
                                         event_kinds::all}));
  EXPECT_EQ(here.next_line(), "passive");
  EXPECT_EQ(looks_until_told(1), 0U);
  EXPECT_EQ(looks_until_told(2), 1U);
  EXPECT_EQ(looks_until_told(3), 2U);
  EXPECT_EQ(looks_until_told(4), 4U);
  ASSERT_FALSE(here.tell(sock, grant{here.probe(), 1}));
  send(1, 1);
  EXPECT_EQ(here.next_line(), "message x");
  EXPECT_EQ(here.next_line(), "passive");
  EXPECT_EQ(looks_until_told(5), 0U);
  EXPECT_EQ(looks_until_told(6), 1U);
}

TEST_F(KernelDrops, AreToldToOneThatPausesAndResumesAllTheTime) {
  use_kernel(here.net, kernel);
  open({});
  kernel.drops = 1;
  std::vector<std::string> lines;
  EXPECT_TRUE(comes_true([&] {
    for (const std::int64_t credits : {std::int64_t{0}, subscribe::unlimited}) {
      EXPECT_FALSE(here.tell(sock, subscribe{here.probe(), delivery::single, credits, excess::pause,
                                             subscribe::default_backlog,
                                             event_kinds::losses | event_kinds::datagrams}));
    }
    for (auto& line : here.lines_so_far()) lines.push_back(std::move(line));
    return std::count(lines.begin(), lines.end(), "kernel drop 1 of 1") > 0;
  }));
}

}  // namespace
}  // namespace dgram::testing
