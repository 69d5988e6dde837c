// A loop's memory runs out in the middle of something: large allocations of its
// thread fail for as long as a test says so.

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"

namespace {

thread_local bool is_loop = false;
std::atomic<std::size_t> largest{SIZE_MAX};

}  // namespace

void* operator new(std::size_t size) {
  if (is_loop && size > largest) throw std::bad_alloc();
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

/// The kernel, which also learns which thread is the loop's.
class marking_kernel : public syscalls {
 public:
  ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept override {
    is_loop = true;
    return syscalls::sendmsg(fd, message, flags);
  }
};

class Exceptions : public SocketTest {
 protected:
  Exceptions() {
    std::tie(other, other_at) = open_bound(family::udp4);
    EXPECT_TRUE(here.ask<std::uint64_t>(other, dgram::send{"by the loop", other_at}));
  }
  ~Exceptions() override { largest = SIZE_MAX; }

  std::pair<socket_actor, endpoint> open_bound(family f, const caf::actor& listener = nullptr) {
    open_options options;
    use_kernel(here.net, kernel);
    options.listener = listener;
    options.events = event_kinds::all;
    const auto sock = *here.net.open(f, options);
    const auto local = f == family::unix_dgram ? address::path(directory.file("sock"))
                                               : address(endpoint::loopback(f, 0));
    return {sock, *here.ask<endpoint>(sock, bind{local})};
  }

  /// A socket on the same loop as the one that failed still works.
  void expect_the_loop_goes_on() {
    largest = SIZE_MAX;
    ASSERT_FALSE(here.tell(other, subscribe{here.self}));
    ASSERT_TRUE(here.ask<std::uint64_t>(other, dgram::send{"still here", other_at}));
    EXPECT_EQ(here.next_line(), "message still here");
    EXPECT_EQ(here.net.open_sockets(), 1U);
  }

  temp_dir directory;
  marking_kernel kernel;
  socket_actor other;
  endpoint other_at;
};

TEST_F(Exceptions, InAHandlerEndTheSocketAloneAndAnswerWhatItOwes) {
  const auto [sock, at] = open_bound(family::udp4, here.self);
  here.await<listening_event>();
  // So many runs need a large piece of memory in the queue.
  batch many;
  for (int i = 0; i < 10'000; ++i) many.add("x", i % 2 == 0 ? at : other_at);
  largest = 100'000;
  auto asked = send_request(here.self, sock, patience, send_batch{many});
  const auto why = here.error_of<statistics>(sock, get_statistics{});
  EXPECT_THAT(why, FailsWith(errc::closed));
  std::move(asked).receive([](const batch_result&) { ADD_FAILURE() << "sent"; },
                           [](const caf::error& e) { EXPECT_EQ(e, caf::sec::runtime_error); });
  EXPECT_THAT(describe(here.await<close_event>().reason), HasSubstr("runtime_error"));
  here.self->wait_for(sock);
  expect_the_loop_goes_on();
}

TEST_F(Exceptions, InOneMemberEndTheGroup) {
  auto options = test_options();
  options.loops = 2;
  node two(system, options);
  use_kernel(two.net, kernel);
  open_options with;
  with.local = endpoint::loopback(family::udp4, 0);
  with.listener = two.self;
  const auto group = *two.net.open_group(family::udp4, with);
  const auto at = *two.ask<endpoint>(group, get_local_address{});
  ASSERT_TRUE(two.ask<std::uint64_t>(group, dgram::send{"by its loop", at}));
  batch many;
  for (int i = 0; i < 10'000; ++i) many.add("x", i % 2 == 0 ? at : other_at);
  largest = 100'000;
  EXPECT_EQ(two.error_of<batch_result>(group, send_batch{many}), caf::sec::runtime_error);
  EXPECT_THAT(describe(two.await<close_event>().reason), HasSubstr("runtime_error"));
  two.self->wait_for(group);
  largest = SIZE_MAX;
  EXPECT_TRUE(comes_true([&] { return two.net.open_sockets() == 0; }));
}

TEST_F(Exceptions, WhileItReceivesEndTheSocketAlone) {
  const auto [sock, at] = open_bound(family::unix_dgram, here.self);
  here.await<listening_event>();
  // The first Unix datagram of a loop needs room for the largest ones.
  largest = std::size_t{1} << 20;
  auto client = *dgram::socket::open(family::unix_dgram);
  ASSERT_EQ(client.send({payload("x")}, &at).error, 0);
  // The datagram is not read.
  EXPECT_EQ(here.await<kernel_drop_event>().dropped, 0U);
  EXPECT_THAT(describe(here.await<close_event>().reason), HasSubstr("bad_alloc"));
  here.self->wait_for(sock);
  EXPECT_EQ(here.net.get_statistics().loops.at(0).exceptions, 1U);
  expect_the_loop_goes_on();
}

}  // namespace
}  // namespace dgram::testing
