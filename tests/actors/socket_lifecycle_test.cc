#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "caf_dgram/actors/compat/job.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/scripted_resolver.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"
#include "tests/support/usage.h"

namespace dgram::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using Lifecycle = SocketTest;

TEST_F(Lifecycle, AKilledSocketGivesEverythingBack) {
  const temp_dir directory;
  const auto before = open_descriptors();
  const auto sock = here.open(family::unix_dgram, here.probe());
  ASSERT_TRUE(here.ask<endpoint>(sock, bind{address::path(directory.file("s"))}));
  here.await<listening_event>();
  here.self->send_exit(sock, caf::exit_reason::kill);
  EXPECT_THAT(here.next_line(), HasSubstr("close "));
  here.self->wait_for(sock);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_FALSE(std::filesystem::exists(directory.file("s")));
  EXPECT_EQ(here.net.open_sockets(), 0U);
  EXPECT_THAT(here.error_of<endpoint>(sock, get_local_address{}), FailsWith(errc::closed));
  EXPECT_FALSE(here.tell(sock, close{}));
}

TEST_F(Lifecycle, ASocketKilledWithDatagramsQueuedAnswersThem) {
  faulty_kernel kernel;
  kernel.send_error = EAGAIN;
  kernel.failing_sends = -1;
  use_kernel(here.net, kernel);
  const auto sock = *here.net.open(family::udp4);
  const dgram::send command{"x", address("127.0.0.1", 9)};
  std::vector<decltype(send_request(here.self, sock, patience, command))> sends;
  for (int i = 0; i < 100; ++i) sends.push_back(send_request(here.self, sock, patience, command));
  ASSERT_TRUE(here.ask<endpoint>(sock, get_local_address{}));
  here.self->send_exit(sock, caf::exit_reason::kill);
  for (auto& sent : sends) {
    std::move(sent).receive(
        [](std::uint64_t) { ADD_FAILURE(); },
        [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::closed)); });
  }
  here.self->wait_for(sock);
}

TEST_F(Lifecycle, TheEndReportsCommandsLeftInTheMailboxOnceForEachOperation) {
  faulty_kernel kernel;
  use_kernel(here.net, kernel);
  std::unique_lock<std::mutex> halt(kernel.gate);
  const auto sock = here.open(family::udp4, here.probe());
  tell(here.self, sock, dgram::send{"x", {"127.0.0.1", 9}});
  ASSERT_TRUE(comes_true([&] { return kernel.is_halted.load(); }));
  tell(here.self, sock, close{});
  // Some are refused one by one until the turn ends, and the socket with it.
  constexpr std::uint64_t commands = 8000;
  for (std::uint64_t i = 0; i < commands; ++i) {
    tell(here.self, sock, set_ttl{1});
    tell(here.self, sock, set_broadcast{true});
  }
  halt.unlock();
  std::map<std::string, std::uint64_t> refused;
  std::map<std::string, std::uint64_t> withheld;
  bool open = true;
  here.self->receive_while(open)(
      [&](const error_event& error) {
        refused[describe(error.reason)] += 1 + error.withheld;
        withheld[describe(error.reason)] += error.withheld;
      },
      [](const listening_event&) {}, [&](const close_event&) { open = false; },
      caf::after(patience) >>
          [&] {
            ADD_FAILURE() << "no close_event came";
            open = false;
          });
  const auto all = Pair(HasSubstr("the socket is closed"), commands);
  EXPECT_THAT(refused, UnorderedElementsAre(all, all));
  const auto many = Pair(HasSubstr("the socket is closed"), Ge(commands / 2));
  EXPECT_THAT(withheld, UnorderedElementsAre(many, many));
}

TEST_F(Lifecycle, ASocketKilledWhileItWaitsForANameAnswersThat) {
  scripted_resolver script(system);
  auto options = test_options();
  options.resolver = script.handle();
  node there(system, options);
  const auto sending = there.open(family::udp4);
  auto sent = send_request(there.self, sending, patience, dgram::send{"x", "a.test", 9});
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  there.self->send_exit(sending, caf::exit_reason::kill);
  std::move(sent).receive([](std::uint64_t) { ADD_FAILURE(); },
                          [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::closed)); });
}

TEST_F(Lifecycle, AShutdownAnswersABindThatWaitsForAName) {
  scripted_resolver script(system);
  auto options = test_options();
  options.resolver = script.handle();
  node there(system, options);
  const auto sock = there.open(family::udp4);
  auto bound = send_request(there.self, sock, patience, bind{{"a.test", 0}});
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  there.net.shutdown();
  std::move(bound).receive(
      [](const endpoint&) { ADD_FAILURE(); },
      [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::closed)); });
}

TEST_F(Lifecycle, AShutdownIsNotOverlookedByABusyLoop) {
  for (int i = 0; i < 500; ++i) {
    runtime net(system, test_options());
    const auto sock = net.open(family::udp4);
    ASSERT_TRUE(sock);
    // The loop may be anywhere in its turn when the shutdown comes.
    for (int message = 0; message < i % 7; ++message) send_anonymously(*sock, get_statistics{});
    net.shutdown();
  }
}

TEST_F(Lifecycle, EventsHeldBackInDenseTrafficComeAtTheLatestWhenTheLoopEnds) {
  auto options = test_options();
  options.moderation = std::chrono::hours(1);
  std::optional<runtime> net(std::in_place, system, options);
  const auto user = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return quiet_behavior<caf::behavior>(*self, [self](const close_event&) { self->quit(); });
  });
  const auto sock = *net->open(family::udp4, user);
  endpoint at;
  send_request(here.self, sock, patience, bind{endpoint::loopback(family::udp4, 0)})
      .receive([&](const endpoint& local) { at = local; },
               [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  auto client = *dgram::socket::open(family::udp4);
  const payload bytes("x");
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  while (std::chrono::steady_clock::now() < until) client.send({bytes}, &at);
  tell(here.self, sock, close{});
  net.reset();
  here.self->wait_for(user);
}

TEST_F(Lifecycle, HandlesMayBeUsedWhileTheirRuntimeEnds) {
  for (int i = 0; i < 20; ++i) {
    std::optional<runtime> net(std::in_place, system, test_options());
    const auto sock = *net->open(family::udp4);
    std::atomic<int> answers{0};
    // Until it is closed every request is answered, and then with that. One command at a
    // time: a flood would grow faster than the socket handles it.
    std::thread sender([&] {
      caf::scoped_actor self{system};
      for (caf::error why; !why; ++answers) {
        send_anonymously(sock, get_statistics{});
        send_request(self, sock, patience, get_statistics{})
            .receive([](const statistics&) {}, [&](caf::error& e) { why = std::move(e); });
        if (why) {
          EXPECT_THAT(why, FailsWith(errc::closed));
        }
      }
    });
    EXPECT_TRUE(comes_true([&] { return answers > 0; }));
    net->shutdown();
    net.reset();
    sender.join();
  }
}

TEST_F(Lifecycle, ASocketEndsWithWhatItIsLinkedTo) {
  const auto sock = here.open(family::udp4);
  const auto owner = system.spawn([sock](caf::event_based_actor* self) -> caf::behavior {
    self->link_to(sock);
    return {[self](const std::string&) { self->quit(caf::exit_reason::user_shutdown); }};
  });
  send_message(here.self, owner, "go");
  here.self->wait_for(sock);
  EXPECT_EQ(here.net.open_sockets(), 0U);
}

TEST_F(Lifecycle, OneSocketsEndLeavesTheOthersAlone) {
  const auto [healthy, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  for (int i = 0; i < 20; ++i) {
    const auto doomed = here.open(family::udp4);
    tell(here.self, doomed, dgram::send{"x", at});
    here.self->send_exit(doomed, caf::exit_reason::kill);
    here.self->wait_for(doomed);
  }
  ASSERT_TRUE(here.ask<std::uint64_t>(healthy, dgram::send{"well", at}));
  std::string line = here.next_line();
  while (line == "message x") line = here.next_line();
  EXPECT_EQ(line, "message well");
}

TEST_F(Lifecycle, AReceiveErrorIsAnEventAndTheSocketGoesOn) {
  faulty_kernel kernel;
  use_kernel(here.net, kernel);
  const auto sock = here.open(family::udp4, here.probe());
  const auto local = here.ask<endpoint>(sock, bind{endpoint::loopback(family::udp4, 0)});
  here.await<listening_event>();
  kernel.receive_error = ENOMEM;
  kernel.failing_receives = 1;
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", *local}));
  EXPECT_EQ(here.next_line(), "error receive: ENOMEM (Cannot allocate memory)");
  EXPECT_EQ(here.next_line(), "message x");
  ASSERT_FALSE(here.tell(sock, close{}));
}

TEST(Runtime, WithOpenSocketsAndQueuedSendsShutsDown) {
  system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  auto receiver = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(receiver.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto at = *receiver.local_endpoint();
  std::vector<socket_actor> socks;
  {
    runtime net{system, test_options()};
    for (int i = 0; i < 20; ++i) {
      socks.push_back(*net.open(i % 2 == 0 ? family::udp4 : family::unix_dgram));
      for (int k = 0; k < 5; ++k) tell(self, socks.back(), dgram::send{"x", at});
    }
    net.shutdown();
  }
  // What was accepted before the shutdown arrived: ten UDP sockets, five each.
  int received = 0;
  std::array<char, 8> buffer{};
  while (receiver.receive(absl::MakeSpan(buffer)).error == 0) ++received;
  EXPECT_EQ(received, 50);
  // A handle may outlive its runtime.
  for (const auto& sock : socks) {
    send_request(self, sock, patience, get_local_address{})
        .receive([](const endpoint&) { ADD_FAILURE(); },
                 [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::closed)); });
    send_request(self, sock, patience, close{})
        .receive([] {}, [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  }
}

TEST(Runtime, WaitsForReferencedSocketsAndClosesTheOthers) {
  system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  std::atomic<bool> ending{false};
  std::atomic<bool> closed{false};
  socket_actor unreferenced;
  std::thread closer;
  {
    runtime net{system, test_options()};
    open_options options;
    options.referenced = false;
    unreferenced = *net.open(family::udp4, options);
    options.referenced = true;
    const auto referenced = *net.open(family::udp4, options);
    closer = std::thread([&system, &closed, &ending, referenced] {
      caf::scoped_actor other{system};
      EXPECT_TRUE(comes_true([&] { return ending.load(); }));
      // One that did not wait would be gone meanwhile.
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      closed = true;
      tell(other, referenced, close{});
    });
    ending = true;
  }
  EXPECT_TRUE(closed);
  self->wait_for(unreferenced);
  closer.join();
}

TEST(Runtime, RunsSeveralLoopsAndSpreadsSockets) {
  system_config config;
  caf::actor_system system{config};
  auto options = test_options();
  options.loops = 3;
  node here(system, options);
  std::vector<std::pair<socket_actor, endpoint>> socks;
  for (int i = 0; i < 9; ++i) socks.push_back(here.open_bound(family::udp4, here.self));
  for (int i = 0; i < 9; ++i) here.await<listening_event>();
  EXPECT_EQ(here.net.open_sockets(), 9U);
  const auto sockets_a_loop = [&] {
    std::vector<std::uint64_t> result;
    for (const auto& each : here.net.get_statistics().loops) result.push_back(each.sockets);
    return result;
  };
  EXPECT_THAT(sockets_a_loop(), ElementsAre(3U, 3U, 3U));
  // The next go where some have closed: on the first loop.
  for (const std::size_t i : {6U, 3U, 0U}) {
    ASSERT_FALSE(here.tell(socks[i].first, close{}));
    here.self->wait_for(socks[i].first);
    socks.erase(socks.begin() + static_cast<std::ptrdiff_t>(i));
  }
  ASSERT_TRUE(comes_true([&] { return here.net.open_sockets() == 6U; }));
  EXPECT_THAT(sockets_a_loop(), ElementsAre(0U, 3U, 3U));
  for (int i = 0; i < 3; ++i) socks.push_back(here.open_bound(family::udp4, here.self));
  for (int i = 0; i < 3; ++i) here.await<listening_event>();
  EXPECT_THAT(sockets_a_loop(), ElementsAre(3U, 3U, 3U));
  for (int i = 0; i < 3; ++i) here.await<close_event>();
  for (std::size_t i = 0; i < socks.size(); ++i) {
    const auto& to = socks[(i + 1) % socks.size()].second;
    ASSERT_TRUE(here.ask<std::uint64_t>(socks[i].first, dgram::send{"x", to}));
    EXPECT_EQ(here.next_line(), "message x");
  }
}

TEST(Runtime, WorksWithoutSpinning) {
  system_config config;
  caf::actor_system system{config};
  auto options = test_options();
  options.spin = std::chrono::microseconds(0);
  node here(system, options);
  const auto [sock, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", at}));
    EXPECT_EQ(here.next_line(), "message x");
  }
}

TEST(Runtime, OpensNothingAfterAShutdown) {
  system_config config;
  caf::actor_system system{config};
  node here(system);
  here.net.shutdown();
  EXPECT_THAT(here.net.open(family::udp4).error(), FailsWith(errc::closed));
  EXPECT_THAT(here.net.open_group(family::udp4, testing::at({"127.0.0.1", 0})).error(),
              FailsWith(errc::closed));
  EXPECT_EQ(here.net.open_sockets(), 0U);
}

TEST(Runtime, OpenTellsWhatTheSystemRefused) {
  class refusing_kernel : public syscalls {
   public:
    int socket(int, int, int) const noexcept override { return errno = EMFILE, -1; }
  };
  system_config config;
  caf::actor_system system{config};
  node here(system);
  const refusing_kernel kernel;
  use_kernel(here.net, kernel);
  const auto sock = here.net.open(family::udp6);
  ASSERT_FALSE(sock);
  EXPECT_EQ(errno_of(sock.error()), EMFILE);
  EXPECT_THAT(describe(sock.error()), HasSubstr("open udp6: EMFILE"));
  EXPECT_EQ(here.net.open_sockets(), 0U);
}

TEST_F(Lifecycle, AFreshSocketHasCountedNothing) {
  const auto counted = *here.ask<statistics>(here.open(family::udp4), get_statistics{});
  for_each_counter<statistics>(
      [&](const char* name, auto member) { EXPECT_EQ(counted.*member, 0U) << name; });
}

TEST_F(Lifecycle, ALoopThatSendsDenselyReadsToo) {
  const auto [heard, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  auto sink = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(sink.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto sender = here.open(family::udp4);
  batch many;
  many.add_segments(std::string(5'000, 'x'), 1, *sink.local_endpoint());
  const auto send = [&] { ASSERT_TRUE(here.ask<batch_result>(sender, send_batch{many})); };
  for (int i = 0; i < 100; ++i) send();
  auto client = *dgram::socket::open(family::udp4);
  ASSERT_EQ(client.send({payload("x")}, &at).error, 0);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!here.has_event() && std::chrono::steady_clock::now() < until) send();
  EXPECT_TRUE(here.has_event());
}

/// The kernel with faults, which notes the descriptor that it gave last.
class last_faulty_kernel : public faulty_kernel {
 public:
  mutable std::atomic<int> last{-1};

  int socket(int domain, int type, int protocol) const noexcept override {
    return last = faulty_kernel::socket(domain, type, protocol);
  }
};

TEST_F(Lifecycle, ADescriptorThatCannotBeWatchedAnyMoreEndsItsSocketWithTheReason) {
  last_faulty_kernel kernel;
  auto options = test_options();
  options.poller = poller_kind::epoll;
  node there(system, options);
  use_kernel(there.net, kernel);
  const auto sock = there.open(family::udp4, there.probe());
  // epoll(7) does not know another file under the same number.
  const auto other = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(there.ask<option_value>(sock, get_option{option::ttl}));
  ASSERT_GE(::dup2(other.descriptor(), kernel.last), 0);
  tell(there.self, sock,
       subscribe{there.probe(), delivery::single, 0, excess::pause, subscribe::default_backlog,
                 event_kinds::all});
  EXPECT_EQ(there.next_line(), "passive");
  EXPECT_THAT(there.next_line(), HasSubstr("error watch"));
  EXPECT_THAT(there.next_line(), HasSubstr("close "));
  there.self->wait_for(sock);
}

TEST(Runtime, IsMadeAsTheSystemsConfigurationSays) {
  system_config config;
  std::istringstream file("dgram {\n  loops = 2\n}\n");
  ASSERT_FALSE(config.parse({}, file));
  caf::actor_system system{config};
  const runtime net{system};
  EXPECT_EQ(net.get_statistics().loops.size(), 2U);
}

TEST(Runtime, IsNotMadeIfTheSystemsConfigurationIsWrong) {
  system_config config;
  std::istringstream file("dgram {\n  loops = 0\n}\n");
  ASSERT_FALSE(config.parse({}, file));
  caf::actor_system system{config};
  try {
    const runtime net{system};
    ADD_FAILURE() << "made";
  } catch (const std::runtime_error& why) {
    EXPECT_THAT(why.what(), HasSubstr("dgram.loops=0: out of range: must be 1 to 1024"));
  }
}

TEST(Runtime, HasALoopWhateverItsOptionsSay) {
  system_config config;
  caf::actor_system system{config};
  auto options = test_options();
  options.loops = 0;
  node here(system, options);
  EXPECT_EQ(here.net.get_statistics().loops.size(), 1U);
  EXPECT_TRUE(here.net.open(family::udp4));
}

/// The kernel, which gives out files that epoll(7) cannot watch.
class unwatchable_kernel : public syscalls {
 public:
  int socket(int /*domain*/, int /*type*/, int /*protocol*/) const noexcept override {
    return ::open("/dev/null", O_RDWR | O_CLOEXEC);
  }
  int setsockopt(int /*fd*/, int /*level*/, int /*name*/, const void* /*value*/,
                 ::socklen_t /*length*/) const noexcept override {
    return 0;
  }
};

TEST_F(Lifecycle, ADescriptorThatCannotBeWatchedFromTheStartEndsItsSocketWithTheReason) {
  const unwatchable_kernel kernel;
  auto options = test_options();
  options.poller = poller_kind::epoll;
  node there(system, options);
  use_kernel(there.net, kernel);
  const auto sock = there.open(family::udp4, there.probe());
  EXPECT_THAT(there.next_line(), AllOf(HasSubstr("error watch"), HasSubstr("EPERM")));
  EXPECT_THAT(there.next_line(), AllOf(HasSubstr("close watch"), HasSubstr("EPERM")));
  there.self->wait_for(sock);
}

TEST_F(Lifecycle, ASocketThatEndsInTheMiddleOfABatchAnswersForAllOfIt) {
  last_faulty_kernel kernel;
  auto options = test_options();
  options.poller = poller_kind::epoll;
  node there(system, options);
  use_kernel(there.net, kernel);
  open_options with;
  with.send_limits = send_queue_limits{8, 1000};
  const auto sock = there.open(family::udp4, with);
  const int descriptor = kernel.last;
  ASSERT_TRUE(there.ask<option_value>(sock, get_option{option::ttl}));
  // epoll(7) does not know another file under the same number: waiting until it is writable fails.
  const auto other = *dgram::socket::open(family::udp4);
  ASSERT_GE(::dup2(other.descriptor(), descriptor), 0);
  kernel.send_error = EAGAIN;
  kernel.failing_sends = -1;
  batch many;
  many.add_segments(std::string(100, 'x'), 1, endpoint::loopback(family::udp4, 9));
  const auto result = there.ask<batch_result>(sock, send_batch{many});
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->refused, 100U);
  EXPECT_THAT(result->reason, FailsWith(errc::closed));
  there.self->wait_for(sock);
}

TEST_F(Lifecycle, AReceiveErrorIsCounted) {
  faulty_kernel kernel;
  use_kernel(here.net, kernel);
  const auto [sock, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  kernel.receive_error = ENOMEM;
  kernel.failing_receives = 1;
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", at}));
  here.await<message_event>();
  const auto counted = *here.ask<statistics>(sock, get_statistics{});
  EXPECT_EQ(counted.receive_errors, 1U);
  ASSERT_EQ(counted.errors.size(), 1U);
  EXPECT_EQ(counted.errors.front().error, ENOMEM);
  EXPECT_EQ(counted.errors.front().count, 1U);
  ASSERT_FALSE(here.tell(sock, close{}));
}

TEST_F(Lifecycle, ASocketRunsOnItsLoop) {
  const auto sock = here.open(family::udp4);
  auto& actor = dynamic_cast<caf::resumable&>(*caf::actor_cast<caf::abstract_actor*>(sock));
  EXPECT_TRUE(job::sharing(actor).is_hosted());
}

TEST_F(Lifecycle, AnEndedSocketOrGroupHoldsNoOwner) {
  for (const bool is_group : {false, true}) {
    caf::weak_actor_ptr watch;
    socket_actor sock;
    {
      const auto owner = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
        return quiet_behavior<caf::behavior>(*self, [](int) {});
      });
      watch = caf::weak_actor_ptr(caf::actor_cast<caf::strong_actor_ptr>(owner).get());
      open_options with;
      with.owner = owner;
      sock = is_group ? *here.net.open_group(family::udp4, with) : here.open(family::udp4, with);
      here.self->send_exit(owner, caf::exit_reason::kill);
      here.self->wait_for(sock);
    }
    EXPECT_TRUE(comes_true([&] { return watch.lock() == nullptr; })) << is_group;
    // The handle still exists.
    EXPECT_THAT(here.tell(sock, set_ttl{1}), FailsWith(errc::closed));
  }
}

}  // namespace
}  // namespace dgram::testing
