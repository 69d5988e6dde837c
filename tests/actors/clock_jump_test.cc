// The wall clock jumps; nothing here waits by it.

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "caf_dgram/actors/core/kernel_seam.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/scripted_resolver.h"
#include "tests/support/socket_test.h"

namespace {

std::atomic<std::time_t> jump{0};

}  // namespace

// In place of libc's, for this whole program.
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): reserved names there
extern "C" int clock_gettime(clockid_t clock, struct timespec* now) noexcept {
  const auto result = ::syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += jump;
  return static_cast<int>(result);
}

namespace dgram::testing {
namespace {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

constexpr std::time_t day = std::time_t{24} * 60 * 60;

class ClockJump : public ::testing::TestWithParam<std::time_t> {
 protected:
  ClockJump() {
    auto options = test_options();
    options.linger = milliseconds(200);
    options.resolve_timeout = milliseconds(200);
    // Never answers.
    options.resolver = system.spawn([](resolver_actor::pointer) -> resolver_actor::behavior_type {
      return {[](const resolve&) { return caf::result<resolved>(caf::delegated<resolved>{}); }};
    });
    resolver = options.resolver;
    here = std::make_unique<node>(system, options);
    open_options opened;
    opened.listener = here->self;
    opened.events = event_kinds::all;
    use_kernel(here->net, kernel);
    sock = *here->net.open(family::udp4, opened);
    at = *here->ask<endpoint>(sock, bind{endpoint::loopback(family::udp4, 0)});
    here->await<listening_event>();
  }
  ~ClockJump() override {
    jump = 0;
    here->net.shutdown();
    here.reset();
    caf::anon_send_exit(resolver, caf::exit_reason::kill);
  }

  faulty_kernel kernel;
  system_config config;
  caf::actor_system system{config};
  resolver_actor resolver;
  std::unique_ptr<node> here;
  socket_actor sock;
  endpoint at;
};

INSTANTIATE_TEST_SUITE_P(BackAndForth, ClockJump, ::testing::Values(-day, day),
                         [](const auto& info) { return info.param < 0 ? "back" : "forward"; });

TEST_P(ClockJump, IsReal) {
  const auto before = std::chrono::system_clock::now();
  jump = GetParam();
  const auto jumped = std::chrono::system_clock::now() - before;
  EXPECT_NEAR(std::chrono::duration<double>(jumped).count(), static_cast<double>(GetParam()), 60.0);
}

TEST_P(ClockJump, DoesNotChangeHowLongACloseLingers) {
  kernel.send_error = EAGAIN;
  kernel.failing_sends = -1;
  auto unsent = send_request(here->self, sock, patience, dgram::send{"x", at});
  const auto begin = steady::now();
  auto closed = send_request(here->self, sock, patience, dgram::close{});
  jump = GetParam();
  std::move(closed).receive([] {}, [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  const auto took = steady::now() - begin;
  EXPECT_GE(took, milliseconds(190));
  EXPECT_LT(took, std::chrono::seconds(10));
  std::move(unsent).receive(
      [](std::uint64_t) { ADD_FAILURE() << "sent"; },
      [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::closed)); });
}

TEST_P(ClockJump, DoesNotChangeHowLongANameIsAwaited) {
  const auto begin = steady::now();
  auto sent = send_request(here->self, sock, patience, dgram::send{"x", "host.invalid", 1});
  jump = GetParam();
  std::move(sent).receive(
      [](std::uint64_t) { ADD_FAILURE() << "sent"; },
      [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::name_not_resolved)); });
  const auto took = steady::now() - begin;
  EXPECT_GE(took, milliseconds(190));
  EXPECT_LT(took, std::chrono::seconds(10));
}

TEST_P(ClockJump, DoesNotDelayWhatIsTriedAgain) {
  kernel.send_error = ENOBUFS;
  kernel.failing_sends = 3;
  auto sent = send_request(here->self, sock, patience, dgram::send{"x", at});
  jump = GetParam();
  std::move(sent).receive([](std::uint64_t bytes) { EXPECT_EQ(bytes, 1U); },
                          [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  EXPECT_EQ(here->await<message_event>().data, payload("x"));
}

}  // namespace
}  // namespace dgram::testing
