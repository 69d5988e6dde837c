// Counts what loops and facades allocate.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "caf_dgram/actors/compat/direct_receiver.h"
#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/actors/facade.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"

namespace {

thread_local bool is_loop = false;
std::atomic<std::size_t> allocations{0};
/// Of all threads, those given back taken off.
std::atomic<std::ptrdiff_t> in_use{0};

void give_back(void* memory) noexcept {
  if (memory != nullptr) --in_use;
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  if (is_loop) ++allocations;
  ++in_use;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }

namespace dgram::testing {
namespace {

/// The kernel, which also learns which thread receives.
class marking_kernel : public syscalls {
 public:
  int recvmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) const noexcept override {
    is_loop = true;
    return syscalls::recvmmsg(fd, messages, count, flags);
  }
};

class ReceiveAllocation : public SocketTest {
 protected:
  void open(delivery how) {
    open_options options;
    use_kernel(here.net, kernel);
    options.listener = here.self;
    options.events = event_kinds::all;
    options.datagrams = how;
    const auto server = *here.net.open(family::udp4, options);
    to = *here.ask<endpoint>(server, bind{endpoint::loopback(family::udp4, 0)});
    here.await<listening_event>();
  }

  /// Sends datagrams one after the other; what the loop allocated meanwhile.
  template <class Event>
  std::size_t allocated_for(int datagrams, std::size_t size) {
    const payload bytes(std::string(size, 'x'));
    const auto before = allocations.load();
    for (int i = 0; i < datagrams; ++i) {
      EXPECT_EQ(client.send({bytes}, &to).error, 0);
      here.await<Event>();
    }
    return allocations - before;
  }

  /// Expects `pass_one` to make a loop allocate nothing for a datagram.
  template <class PassOne>
  static void expect_none_for(PassOne pass_one) {
    const payload bytes(std::string(1200, 'x'));
    const auto allocated_for = [&](int datagrams) {
      const auto before = allocations.load();
      for (int i = 0; i < datagrams; ++i) pass_one(bytes);
      return allocations - before;
    };
    allocated_for(100);
    if (is_direct_delivery_possible) {
      EXPECT_EQ(allocated_for(1000), 0U);
    } else {
      EXPECT_GE(allocated_for(1000), 1000U);
    }
  }

  marking_kernel kernel;
  dgram::socket client = *dgram::socket::open(family::udp4);
  endpoint to;
};

TEST_F(ReceiveAllocation, IsOneMessageForADatagramOnceTheLoopIsWarm) {
  open(delivery::single);
  for (const std::size_t size : {64, 1200, 60'000}) {
    EXPECT_GT(allocated_for<message_event>(100, size), 0U);
    EXPECT_EQ(allocated_for<message_event>(1000, size), 1000U) << size;
  }
}

TEST_F(ReceiveAllocation, IsOneMessageForABatchOnceTheLoopIsWarm) {
  open(delivery::batched);
  allocated_for<batch_event>(100, 1200);
  EXPECT_EQ(allocated_for<batch_event>(1000, 1200), 1000U);
}

/// Counts datagrams on the socket's loop, and sends each back.
caf::behavior echoing(caf::event_based_actor* self, std::atomic<int>* received) {
  return {[=](const message_event& event) {
            respond(self, event, event.data);
            ++*received;
          },
          [](const listening_event&) {}};
}

TEST_F(ReceiveAllocation, IsNothingForADatagramThatAnActorOnTheLoopSendsBack) {
  use_kernel(here.net, kernel);
  std::atomic<int> received{0};
  const auto actor = *here.net.spawn(echoing, &received);
  const auto server = *here.net.open(family::udp4, actor, {"127.0.0.1", 0});
  to = *here.ask<endpoint>(server, get_local_address{});
  expect_none_for([&](const payload& bytes) {
    const int so_far = received;
    EXPECT_EQ(client.send({bytes}, &to).error, 0);
    EXPECT_TRUE(comes_true([&] { return received > so_far; }));
  });
}

/// Passes what comes on through another socket.
caf::behavior forwarding(caf::event_based_actor* self, const std::vector<socket_actor>* through) {
  return {
      [=](const message_event& event) { tell(self, through->front(), dgram::send{event.data}); },
      [](const listening_event&) {}};
}

TEST_F(ReceiveAllocation, IsNothingForADatagramThatLeavesByAUnixSocketWithoutAnAddress) {
  const temp_dir directory;
  const auto path = *endpoint::unix_path(directory.file("s"));
  auto peer = *dgram::socket::open(family::unix_dgram);
  ASSERT_TRUE(peer.bind(path).ok());
  use_kernel(here.net, kernel);
  std::vector<socket_actor> through;
  const auto actor = *here.net.spawn(forwarding, &through);
  open_options to_peer;
  to_peer.peer = path;
  to_peer.owner = actor;
  to_peer.where = placement::beside(actor);
  through.push_back(*here.net.open(family::unix_dgram, to_peer));
  const auto server = *here.net.open(family::udp4, actor, {"127.0.0.1", 0});
  to = *here.ask<endpoint>(server, get_local_address{});
  expect_none_for([&](const payload& bytes) {
    EXPECT_EQ(client.send({bytes}, &to).error, 0);
    std::array<char, 8> buffer{};
    EXPECT_TRUE(comes_true([&] { return peer.receive(absl::MakeSpan(buffer)).error == 0; }));
  });
}

using FacadeAllocation = SocketTest;

TEST_F(FacadeAllocation, IsGivenBackWithTheAnswer) {
  const auto [sock, at] = here.open_bound(family::udp4);
  const auto face = *spawn_facade<get_local_address>(sock);
  // CAF keeps the timeout of a request that has one.
  const auto ask = [&, face = face](int requests) {
    for (int i = 0; i < requests; ++i) {
      ASSERT_TRUE(dgram::ask(here.self, face, get_local_address{}, caf::infinite));
    }
  };
  ask(100);
  const auto before = in_use.load();
  ask(1000);
  EXPECT_LT(in_use - before, 500);
}

TEST_F(FacadeAllocation, IsGivenBackWithTheLastHandle) {
  const auto sock = here.open(family::udp4);
  const auto make = [&](int facades) {
    for (int i = 0; i < facades; ++i) ASSERT_TRUE(spawn_facade<get_local_address>(sock));
  };
  make(100);
  const auto before = in_use.load();
  make(1000);
  EXPECT_LT(in_use - before, 500);
}

}  // namespace
}  // namespace dgram::testing
