// What may befall a program that lives for months; nothing may leak by it.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/dgram/posix/receiver.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/process.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"
#include "tests/support/usage.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

/// Waits for something that others bring about.
template <class Condition>
void await(const char* what, Condition holds) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    ASSERT_LT(std::chrono::steady_clock::now(), until) << "waiting for " << what;
    std::this_thread::yield();
  }
}

/// Counts what a fault may leak: descriptors, memory of datagrams, actors.
class Faults : public SocketTest {
 protected:
  Faults() {
    // The loop keeps some chunks ready from its first datagram on.
    const auto sock = open(here.probe());
    send_and_hear(sock);
    close(sock);
    descriptors = open_descriptors();
    chunks = chunks_in_use();
  }

  /// What a test has opened and held is given back.
  void expect_nothing_leaked() {
    await("sockets to close", [this] { return here.net.open_sockets() == 0; });
    await("descriptors to close", [this] { return open_descriptors() == descriptors; });
    // Events hold memory and name their socket as the sender; the last one may be
    // on its way.
    await("memory to come back", [this] {
      here.lines_so_far();
      return chunks_in_use() == chunks;
    });
    for (const auto& each : sockets) {
      await("actors to be destroyed", [&] {
        here.lines_so_far();
        return each.lock() == nullptr;
      });
    }
  }

  socket_actor open(const caf::actor& listener = nullptr) {
    open_options options;
    options.listener = listener;
    options.events = event_kinds::all;
    const auto sock = *here.net.open(family::udp4, options);
    sockets.emplace_back(caf::actor_cast<caf::strong_actor_ptr>(sock).get());
    at = *here.ask<endpoint>(sock, bind{endpoint::loopback(family::udp4, 0)});
    return sock;
  }

  /// Sends itself a datagram, which comes behind whatever else does.
  void send_and_hear(const socket_actor& sock) {
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"ping", at}));
    while (here.await<message_event>().data != payload("ping") && !HasFailure()) {
    }
  }

  void close(const socket_actor& sock) { EXPECT_FALSE(here.tell(sock, dgram::close{})); }

  std::size_t chunks_in_use() const {
    std::size_t total = 0;
    for (const auto& each : here.net.get_statistics().loops) total += each.chunks_in_use;
    return total;
  }

  endpoint at;
  std::vector<caf::weak_actor_ptr> sockets;
  std::size_t descriptors = 0;
  std::size_t chunks = 0;
};

/// Floods a socket through itself until the flood's end.
class flood {
 public:
  explicit flood(endpoint to) : thread_([this, to] { run(to); }) {}
  ~flood() {
    stop_ = true;
    thread_.join();
  }

 private:
  void run(const endpoint& to) {
    auto sock = *dgram::socket::open(family::udp4);
    const payload bytes(std::string(1200, 'x'));
    while (!stop_) sock.send({bytes}, &to);
  }

  std::atomic<bool> stop_{false};
  std::thread thread_;
};

TEST_F(Faults, ASocketKilledUnderLoadLeaksNothing) {
  for (const auto reason : {caf::exit_reason::kill, caf::exit_reason::user_shutdown}) {
    for (int i = 0; i < 10; ++i) {
      const auto sock = open(here.probe());
      const flood load(at);
      here.await<message_event>();
      here.self->send_exit(sock, reason);
      here.self->wait_for(sock);
    }
  }
  expect_nothing_leaked();
}

TEST_F(Faults, ASocketThatEndsWithItsLinkUnderLoadLeaksNothing) {
  for (int i = 0; i < 10; ++i) {
    const auto sock = open();
    const auto partner = system.spawn([sock](caf::event_based_actor* self) -> caf::behavior {
      self->link_to(sock);
      tell(self, sock,
           subscribe{self, delivery::single, subscribe::unlimited, excess::pause,
                     subscribe::default_backlog, event_kinds::all});
      return quiet_behavior<caf::behavior>(*self, [](int) {});
    });
    const flood load(at);
    await("a subscriber",
          [&] { return here.ask<statistics>(sock, get_statistics{})->subscribers.size() == 1; });
    here.self->send_exit(partner, caf::exit_reason::kill);
    here.self->wait_for(sock);
  }
  expect_nothing_leaked();
}

TEST_F(Faults, ASubscriberKilledAmidABatchGivesEverythingBackAndTheOthersGoOn) {
  auto sock = open(here.probe());
  for (int i = 0; i < 10; ++i) {
    // Keeps what it gets and ends while more is in its mailbox.
    const auto victim = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
      auto kept = std::make_shared<std::vector<batch>>();
      return quiet_behavior<caf::behavior>(*self, [self, kept](const batch_event& event) {
        kept->push_back(event.datagrams);
        if (kept->size() == 3) self->quit(caf::exit_reason::kill);
      });
    });
    ASSERT_FALSE(
        here.tell(sock, subscribe{victim, delivery::batched, subscribe::unlimited, excess::pause,
                                  subscribe::default_backlog, event_kinds::all}));
    {
      const flood load(at);
      here.self->wait_for(victim);
    }
    while (here.has_event()) here.next_line();
  }
  send_and_hear(sock);
  await("the dead to be removed",
        [&] { return here.ask<statistics>(sock, get_statistics{})->subscribers.size() == 1; });
  close(sock);
  sock = socket_actor();
  expect_nothing_leaked();
}

TEST_F(Faults, WithoutDescriptorsOpenFailsAndEverythingElseGoesOn) {
  auto sock = open(here.probe());
  ::rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  // Just below the next one: poll(2) takes no more descriptors than the limit.
  const int next = ::dup(0);
  ASSERT_GE(next, 0);
  ::close(next);
  const ::rlimit none{static_cast<::rlim_t>(next), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = here.net.open(family::udp4);
  const auto group = here.net.open_group(family::udp4, testing::at({"127.0.0.1", 0}));
  const auto resolved =
      here.ask<std::uint64_t>(sock, dgram::send{"by name", "localhost", at.port()});
  send_and_hear(sock);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(errno_of(refused.error()), EMFILE);
  EXPECT_THAT(describe(refused.error()), HasSubstr("open udp4: EMFILE"));
  ASSERT_FALSE(group);
  EXPECT_EQ(errno_of(group.error()), EMFILE);
  // The resolver could not read /etc/hosts; it said so.
  if (!resolved) {
    EXPECT_THAT(resolved.error(), FailsWith(errc::name_not_resolved));
  }
  EXPECT_EQ(here.net.get_statistics().refused, 2U);
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"by name", "localhost", at.port()}));
  close(open());
  close(sock);
  sock = socket_actor();
  expect_nothing_leaked();
}

TEST_F(Faults, AProgramThatIsStartedInheritsNothing) {
  const auto sock = open(here.probe());
  const auto listing =
      run({"/bin/sh", "-c", "for f in /proc/self/fd/*; do readlink $f; done; true"});
  EXPECT_THAT(listing, ::testing::Not(HasSubstr("socket:")));
  EXPECT_THAT(listing, ::testing::Not(HasSubstr("anon_inode")));
  send_and_hear(sock);
}

TEST_F(Faults, AForkThatEndsAtOnceLeavesTheSocketsOfItsParentAlone) {
  temp_dir directory;
  const auto sock = open(here.probe());
  const auto local = here.open(family::unix_dgram, here.probe());
  const auto path = directory.file("sock");
  ASSERT_TRUE(here.ask<endpoint>(local, bind{address::path(path)}));
  const flood load(at);
  for (int i = 0; i < 20; ++i) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(7);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 7);
    here.await<message_event>();
  }
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_TRUE(here.ask<std::uint64_t>(local, dgram::send{"x", address::path(path)}));
}

/// Whether the actor that the sockets have in common lives on a loop.
class BusyRuntime : public ::testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Actor, BusyRuntime, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "OnALoop" : "Elsewhere"; });

TEST_P(BusyRuntime, WithAThousandSocketsEndsAndLeaksNothing) {
  system_config config;
  caf::actor_system system{config};
  // Whatever the system starts once.
  {
    node warm{system};
    warm.open_bound(family::udp4);
  }
  const auto before = open_descriptors();
  std::vector<caf::weak_actor_ptr> sockets;
  {
    auto options = test_options();
    options.loops = 2;
    node here{system, options};
    // Each hears what it sends and sends it again, for ever.
    const auto again = [](caf::event_based_actor* self) -> caf::behavior {
      return quiet_behavior<caf::behavior>(*self, [self](message_event& event) {
        const auto sock = caf::actor_cast<socket_actor>(self->current_sender());
        tell(self, sock, dgram::send{std::move(event.data), event.sender});
      });
    };
    const auto echo = GetParam() ? *here.net.spawn(again) : system.spawn(again);
    // Opened before the first of them is busy, since each answer comes after a loop's turn.
    std::vector<std::pair<socket_actor, endpoint>> opened;
    for (int i = 0; i < 1000; ++i) opened.push_back(here.open_bound(family::udp4, echo));
    for (const auto& [sock, at] : opened) {
      sockets.emplace_back(caf::actor_cast<caf::strong_actor_ptr>(sock).get());
      for (int j = 0; j < 5; ++j) tell(here.self, sock, dgram::send{std::string(100, 'x'), at});
    }
    opened.clear();
    EXPECT_EQ(here.net.open_sockets(), 1000U);
    const auto counted = here.net.get_statistics();
    EXPECT_EQ(counted.opened, 1000U);
    EXPECT_EQ(counted.loops.size(), 2U);
    EXPECT_EQ(counted.loops[0].sockets + counted.loops[1].sockets, 1000U);
    EXPECT_EQ(std::max(counted.loops[0].sockets, counted.loops[1].sockets),
              GetParam() ? 1000U : 500U);
    EXPECT_THAT(to_string(counted), HasSubstr("open 1000\n"));
    here.net.shutdown();
    here.self->send_exit(echo, caf::exit_reason::user_shutdown);
    await("sockets to close", [&] { return here.net.open_sockets() == 0; });
    // What is left are the buffers that the loops read into.
    await("memory to come back", [&] {
      const auto loops = here.net.get_statistics().loops;
      return std::all_of(loops.begin(), loops.end(), [](const loop_statistics& each) {
        return each.chunks_in_use <= receiver::max_buffers;
      });
    });
  }
  EXPECT_EQ(open_descriptors(), before);
  for (const auto& each : sockets) {
    await("actors to be destroyed", [&] { return each.lock() == nullptr; });
  }
}

TEST(FaultyRuntime, WithoutDescriptorsIsNotMadeAndSaysWhy) {
  system_config config;
  caf::actor_system system{config};
  const auto before = open_descriptors();
  ::rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const int next = ::dup(0);
  ASSERT_GE(next, 0);
  ::close(next);
  const ::rlimit none{static_cast<::rlim_t>(next), limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  std::string why = "made";
  try {
    const runtime net{system, test_options()};
  } catch (const std::runtime_error& e) {
    why = e.what();
  }
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_THAT(why, HasSubstr("EMFILE"));
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace dgram::testing
