// A subscriber in a process of its own that is stopped while datagrams arrive.

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/networked.h"
#include "tests/support/process.h"
#include "tests/support/socket_test.h"
#include "tests/support/usage.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t datagrams = 100'000;
constexpr std::size_t size = 1'400;
constexpr std::size_t mebibyte = std::size_t{1} << 20;

/// Beside what is unacknowledged: the backlog, buffers of sockets and loops, and
/// what the allocator keeps.
constexpr std::size_t slack = 6 * mebibyte;

class StoppedRemoteSubscriber : public ::testing::TestWithParam<excess> {
 protected:
  StoppedRemoteSubscriber() {
    open_options options;
    options.local = endpoint::loopback(family::udp4, 0);
    options.receive_offload = false;
    sock = here.open(family::udp4, options);
    at = *here.ask<endpoint>(sock, get_local_address{});
  }

  statistics counted() { return *here.ask<statistics>(sock, get_statistics{}); }

  /// Sends until the socket has read or the kernel dropped all of them.
  void flood(std::uint64_t count) {
    const std::string bytes(size, 'x');
    for (std::uint64_t i = 0; i < count; ++i) {
      ASSERT_EQ(client.send({bytes}, &at).error, 0);
      // Not so fast that the kernel drops most of them before the socket can lose them.
      if (++sent % 32 == 0 && counted().pauses == 0) {
        ASSERT_TRUE(here.await_counts(sock, [this](const statistics& s) {
          return s.received + s.kernel_drops >= sent || s.pauses > 0;
        }));
      }
    }
  }

  networked_config config;
  caf::actor_system system{config};
  node here{system};
  socket_actor sock;
  endpoint at;
  dgram::socket client = *dgram::socket::open(family::udp4);
  std::uint64_t sent = 0;
};

INSTANTIATE_TEST_SUITE_P(Terms, StoppedRemoteSubscriber,
                         ::testing::Values(excess::pause, excess::lose_newest, excess::lose_oldest),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(StoppedRemoteSubscriber, CostsBoundedMemoryAndEveryDatagramIsAccountedFor) {
  const auto port = publish_on_free_port(system, sock);
  process subscriber({support_program("remote_subscriber"), "127.0.0.1", absl::StrCat(port),
                      to_string(GetParam()), "100"});
  ASSERT_TRUE(subscriber.await_output("subscribed")) << subscriber.output();
  flood(100);
  subscriber.signal(SIGSTOP);
  const auto before = resident_bytes();
  flood(datagrams);
  const auto grown = resident_bytes() - std::min(before, resident_bytes());
  if (!keeps_freed_memory) {
    EXPECT_LE(grown, test_options().remote_unacknowledged + slack);
  }
  RecordProperty("grown_bytes", static_cast<int>(grown));

  subscriber.signal(SIGCONT);
  const auto is_settled = [&](const statistics& now) {
    return now.received + now.kernel_drops == sent && now.subscribers.at(0).waiting == 0;
  };
  ASSERT_TRUE(here.await_counts(sock, is_settled));
  const auto total = counted();
  ASSERT_FALSE(here.tell(sock, close{}));
  EXPECT_EQ(subscriber.await_exit(), 0);
  EXPECT_THAT(subscriber.output(), HasSubstr(absl::StrCat("received ", total.received - total.lost,
                                                          ", lost ", total.lost)));
  if (GetParam() == excess::pause) {
    EXPECT_EQ(total.lost, 0U);
    EXPECT_GT(total.pauses, 0U);
  } else {
    EXPECT_GT(total.lost, 0U);
    EXPECT_EQ(total.pauses, 0U);
  }
}

}  // namespace
}  // namespace dgram::testing
