#include <chrono>
#include <cstddef>
#include <string>

#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"

namespace dgram::testing {
namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

constexpr std::size_t size = 1000;

class RatedSocket : public SocketTest, public ::testing::WithParamInterface<family> {
 protected:
  /// A socket that sends at a rate, to one whose messages `here` records.
  socket_actor open_to_receiver(send_rate rate) {
    const auto kind = GetParam();
    const auto local = kind == family::unix_dgram ? address::path(directory.file("receiver"))
                                                  : address(endpoint::loopback(kind, 0));
    receiver = here.open(kind, [&] {
      auto with = heard_by(here.probe());
      with.local = local;
      return with;
    }());
    open_options with;
    with.peer = here.await<listening_event>().local;
    with.send_rate = rate;
    return *here.net.open(kind, with);
  }

  void send_many(const socket_actor& sock, std::size_t count) {
    batch many;
    for (std::size_t i = 0; i < count; ++i) many.add(std::string(size, 'x'));
    tell(here.self, sock, send_batch{many});
  }

  void await_messages(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) here.await<message_event>();
  }

  temp_dir directory;
  socket_actor receiver;
};

INSTANTIATE_TEST_SUITE_P(Families, RatedSocket,
                         ::testing::Values(family::udp4, family::udp6, family::unix_dgram),
                         [](const auto& of) { return std::string(to_string(of.param)); });

TEST_P(RatedSocket, SendsABurstAndTheRestAtItsRate) {
  const auto sock = open_to_receiver({1'000'000, 20 * size});
  const auto before = clock::now();
  send_many(sock, 100);
  await_messages(100);
  // Beyond the burst, and the one datagram that may exceed it.
  EXPECT_GE(clock::now() - before, milliseconds(79));
}

TEST_P(RatedSocket, SendsWhatWaitsBeforeItCloses) {
  const auto sock = open_to_receiver({1'000'000, 10 * size});
  send_many(sock, 50);
  EXPECT_FALSE(here.tell(sock, close{}));
  await_messages(50);
}

TEST_P(RatedSocket, RefusesWhatItsQueueDoesNotHoldAndSaysWhenItDoesAgain) {
  const auto kind = GetParam();
  open_options with = heard_by(here.probe());
  with.local = kind == family::unix_dgram ? address::path(directory.file("s"))
                                          : address(endpoint::loopback(kind, 0));
  with.send_limits = send_queue_limits{10, 10 * size};
  with.send_rate = send_rate{100'000, size};
  const auto sock = here.open(kind, with);
  const auto at = here.await<listening_event>().local;
  batch many;
  for (std::size_t i = 0; i < 50; ++i) many.add(std::string(size, 'x'), at);
  const auto before = clock::now();
  auto sent = send_request(here.self, sock, patience, send_batch{many});
  const auto queued = here.ask<statistics>(sock, get_statistics{});
  const auto took = clock::now() - before;
  ASSERT_TRUE(queued);
  // What the queue holds, the burst, and what the bucket let through: one in 10 ms, and the one
  // that may exceed it.
  const auto taken = queued->sent + queued->queued;
  EXPECT_GE(taken, 11U);
  EXPECT_LE(taken, 12U + took / milliseconds(10));
  std::move(sent).receive(
      [&](const batch_result& result) {
        EXPECT_EQ(result.sent, taken);
        EXPECT_EQ(result.refused, 50U - taken);
        EXPECT_EQ(code_of(result.reason), errc::queue_full);
      },
      [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  await_messages(taken);
  EXPECT_EQ(here.await<drain_event>().dropped, 0U);
}

TEST_P(RatedSocket, AnswersOnceTheKernelHasTakenIt) {
  const auto sock = open_to_receiver({100'000, size});
  const auto before = clock::now();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{std::string(size, 'x')}));
  EXPECT_GE(clock::now() - before, milliseconds(9));
  await_messages(3);
}

}  // namespace
}  // namespace dgram::testing
