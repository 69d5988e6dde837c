// One open that does it all: its steps, their order, and what a failure leaves.

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/scripted_resolver.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unresolvable.h"
#include "tests/support/usage.h"

namespace dgram::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Open = SocketTest;

TEST_F(Open, ReturnsASocketThatIsBoundConnectedAndHasItsOptions) {
  const auto [peer, peer_at] = here.open_bound(family::udp4);
  auto with = heard_by(here.self);
  with.options = {{option::ttl, 7}, {option::broadcast, true}};
  with.local = {"127.0.0.1", 0};
  with.peer = peer_at;
  const auto sock = here.open(family::udp4, with);
  const auto local = here.ask<endpoint>(sock, get_local_address{});
  EXPECT_EQ(local->host(), "127.0.0.1");
  EXPECT_EQ(here.ask<endpoint>(sock, get_remote_address{}), peer_at);
  EXPECT_EQ(here.ask<option_value>(sock, get_option{option::ttl}), option_value(7));
  EXPECT_EQ(here.ask<option_value>(sock, get_option{option::broadcast}), option_value(true));
  EXPECT_THAT(here.lines_so_far(),
              ElementsAre("listening " + local->to_string(), "connect " + peer_at.to_string()));
}

TEST_F(Open, SetsOptionsBeforeItBinds) {
  auto with = at({"127.0.0.1", 0});
  with.options = {{option::reuse_port, true}};
  const auto first = here.open(family::udp4, with);
  with.local = *here.ask<endpoint>(first, get_local_address{});
  const auto second = here.open(family::udp4, with);
  EXPECT_EQ(here.ask<endpoint>(second, get_local_address{}), *with.local->as_endpoint());
}

TEST_F(Open, JoinsItsGroupsSoThatWhatIsSentToThemArrives) {
  auto with = heard_by(here.self);
  with.local = {"239.255.86.1", 0};
  with.memberships = {{"239.255.86.1", "lo"}};
  const auto sock = here.open(family::udp4, with);
  const auto group = here.await<listening_event>().local;
  open_options sending;
  sending.options = {{option::multicast_interface, "lo"}};
  const auto sender = here.open(family::udp4, sending);
  ASSERT_TRUE(here.ask<std::uint64_t>(sender, dgram::send{"x", group}));
  EXPECT_EQ(here.next_line(), "message x");
}

TEST_F(Open, NamesTheStepThatFailedAndLeavesNothingBehind) {
  const temp_dir directory;
  const auto before = open_descriptors();
  const auto fails_with = [&](const open_options& with, const char* text) {
    const auto sock = here.net.open(family::udp4, with);
    ASSERT_FALSE(sock);
    EXPECT_THAT(describe(sock.error()), HasSubstr(text));
  };
  open_options with;
  with.options = {{option::ttl, 0}};
  fails_with(with, "set ttl 0: must be 1 to 255");
  with = at({"192.0.2.1", 0});
  fails_with(with, "bind 192.0.2.1:0: EADDRNOTAVAIL");
  with = at({"127.0.0.1", 0});
  with.memberships = {{"127.0.0.1", "lo"}};
  fails_with(with, "add membership \"127.0.0.1\": not a multicast group");
  with = at({"127.0.0.1", 0});
  with.peer = {"127.0.0.1", 0};
  fails_with(with, "connect \"127.0.0.1\" port 0: the port must be 1 to 65535");
  with = open_options();
  with.receive_memory = 0;
  fails_with(with, "receive_memory 0: at least 1 byte");
  with = open_options();
  with.send_limits = send_queue_limits{0, 1};
  fails_with(with, "send_limits.datagrams 0: at least 1");
  with = open_options();
  with.send_rate = send_rate{};
  fails_with(with, "send_rate.bytes_per_second 0: at least 1 byte");
  with.send_rate = send_rate{1, 0};
  fails_with(with, "send_rate.burst 0: at least 1 byte");
  with = open_options();
  with.listener = here.self;
  with.credits = -7;
  fails_with(with, "with -7 credits: at least 0");

  // A Unix socket whose file was made is gone with it.
  with = at(address::path(directory.file("s")));
  with.peer = address::path(directory.file("nobody"));
  EXPECT_EQ(errno_of(here.net.open(family::unix_dgram, with).error()), ENOENT);
  EXPECT_FALSE(std::filesystem::exists(directory.file("s")));

  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(here.net.open_sockets(), 0U);
  EXPECT_FALSE(here.self->has_next_message());
}

TEST_F(Open, DoesNotWaitForThePeersNameAndConnectsLater) {
  scripted_resolver script(system);
  auto options = test_options();
  options.resolver = script.handle();
  node there(system, options);
  auto with = heard_by(there.self);
  with.peer = {"peer.test", 9};
  const auto sock = there.open(family::udp4, with);
  // A later command waits behind the connect.
  auto asked = send_request(there.self, sock, patience, get_remote_address{});
  EXPECT_EQ(script.await_question(), "udp4 peer.test");
  script.answer_all(*endpoint::parse("127.0.0.1:0"));
  std::move(asked).receive([](const endpoint& peer) { EXPECT_EQ(peer.to_string(), "127.0.0.1:9"); },
                           [](const caf::error& why) { ADD_FAILURE() << describe(why); });
}

TEST_F(Open, ReportsAPeerWhoseNameIsNotFoundToTheListener) {
  auto with = heard_by(here.self);
  with.peer = {unresolvable, 9};
  here.open(family::udp4, with);
  const auto event = here.await<error_event>();
  EXPECT_THAT(event.reason, FailsWith(errc::name_not_resolved));
  EXPECT_EQ(event.operation, "connect");
  EXPECT_EQ(event.destination.to_string(), with.peer->to_string());
}

TEST_F(Open, OfAGroupTakesTheSameOptions) {
  const auto [peer, peer_at] = here.open_bound(family::udp4);
  auto options = test_options();
  options.loops = 2;
  node there(system, options);
  auto with = heard_by(there.self);
  with.options = {{option::ttl, 9}};
  with.local = {"127.0.0.1", 0};
  with.peer = peer_at;
  const auto group = there.net.open_group(family::udp4, with);
  ASSERT_TRUE(group) << describe(group.error());
  EXPECT_EQ(there.ask<option_value>(*group, get_option{option::ttl}), option_value(9));
  EXPECT_EQ(there.ask<endpoint>(*group, get_remote_address{}), peer_at);
}

// -- by message ---------------------------------------------------------------

using Opener = SocketTest;

TEST_F(Opener, AnswersOnceAllIsDoneLookUpsIncluded) {
  scripted_resolver script(system);
  auto options = test_options();
  options.resolver = script.handle();
  node there(system, options);
  open_options with;
  with.local = {"local.test", 0};
  with.peer = {"peer.test", 9};
  auto asked =
      send_request(there.self, there.net.opener(), patience, open_socket{family::udp4, with});
  EXPECT_EQ(script.await_question(), "udp4 local.test");
  script.answer_all(*endpoint::parse("127.0.0.1:0"));
  EXPECT_EQ(script.await_question(), "udp4 peer.test");
  script.answer_all(*endpoint::parse("127.0.0.1:0"));
  socket_actor sock;
  std::move(asked).receive([&](const socket_actor& opened) { sock = opened; },
                           [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  EXPECT_EQ(there.ask<endpoint>(sock, get_local_address{})->host(), "127.0.0.1");
  EXPECT_EQ(there.ask<endpoint>(sock, get_remote_address{})->to_string(), "127.0.0.1:9");
}

TEST_F(Opener, ClosesTheSocketWhenALookUpFails) {
  open_options with;
  with.peer = {unresolvable, 9};
  send_request(here.self, here.net.opener(), patience, open_socket{family::udp4, with})
      .receive([](const socket_actor&) { ADD_FAILURE(); },
               [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::name_not_resolved)); });
  comes_true([&] { return here.net.open_sockets() == 0; });
  EXPECT_EQ(here.net.open_sockets(), 0U);
}

TEST_F(Opener, OpensGroups) {
  send_request(here.self, here.net.opener(), patience,
               dgram::open_group{family::udp4, at({"127.0.0.1", 0})})
      .receive(
          [&](const socket_actor& group) {
            EXPECT_EQ(here.ask<endpoint>(group, get_local_address{})->host(), "127.0.0.1");
          },
          [](const caf::error& why) { ADD_FAILURE() << describe(why); });
}

// -- kinds of event -----------------------------------------------------------

using EventKinds = SocketTest;

TEST_F(EventKinds, AreDatagramsErrorsAndTheCloseByDefault) {
  const auto sock = *here.net.open(family::udp4, here.self, {"127.0.0.1", 0});
  const auto local = *here.ask<endpoint>(sock, get_local_address{});
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", local}));
  EXPECT_EQ(here.next_line(), "message x");
  tell(here.self, sock, bind{1});
  EXPECT_THAT(here.next_line(), HasSubstr("error bind"));
  EXPECT_FALSE(here.tell(sock, close{}));
  EXPECT_EQ(here.next_line(), "close");
  EXPECT_FALSE(here.self->has_next_message());
}

TEST_F(EventKinds, ThatAreNotAskedForDoNotCome) {
  auto with = heard_by(here.self);
  with.events = event_kinds::life_cycle;
  with.local = {"127.0.0.1", 0};
  const auto sock = here.open(family::udp4, with);
  const auto local = *here.ask<endpoint>(sock, get_local_address{});
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", local}));
  tell(here.self, sock, bind{1});
  ASSERT_FALSE(here.tell(sock, close{}));
  here.self->wait_for(sock);
  EXPECT_THAT(here.lines_so_far(), ElementsAre("listening " + local.to_string()));
}

TEST_F(EventKinds, WithoutDatagramsCountThemAsUndelivered) {
  auto with = heard_by(here.self);
  with.events = event_kinds::errors;
  with.local = {"127.0.0.1", 0};
  const auto sock = here.open(family::udp4, with);
  const auto local = *here.ask<endpoint>(sock, get_local_address{});
  auto client = *dgram::socket::open(family::udp4);
  ASSERT_EQ(client.send({payload("x")}, &local).error, 0);
  EXPECT_TRUE(here.await_counts(sock, [](const statistics& s) { return s.received == 1; }));
  EXPECT_EQ(here.ask<statistics>(sock, get_statistics{})->undelivered, 1U);
  EXPECT_FALSE(here.self->has_next_message());
}

TEST_F(EventKinds, ThatDoNotExistAreRefused) {
  const auto sock = here.open(family::udp4);
  subscribe command{here.self};
  command.events = static_cast<event_kinds>(128);
  EXPECT_THAT(here.tell(sock, command), FailsWith(errc::out_of_range));
}

TEST_F(EventKinds, NameTheCommandAndTheDestinationOfAnError) {
  const auto sock = here.open(family::udp4, here.self);
  const auto to = *endpoint::parse("[::1]:9");
  tell(here.self, sock, dgram::send{"x", to});
  const auto event = here.await<error_event>();
  EXPECT_EQ(event.operation, "send");
  ASSERT_NE(event.destination.as_endpoint(), nullptr);
  EXPECT_EQ(*event.destination.as_endpoint(), to);
}

TEST_F(Open, TakesLimitsFromTheLeastOn) {
  open_options with;
  with.receive_memory = 1;
  with.remote_unacknowledged = 4096;
  with.send_limits = send_queue_limits{1, 1};
  const auto sock = here.net.open(family::udp4, with);
  EXPECT_TRUE(sock) << describe(sock.error());
  with.send_limits = send_queue_limits{1, 0};
  const auto refused = here.net.open(family::udp4, with);
  ASSERT_FALSE(refused);
  EXPECT_THAT(describe(refused.error()), HasSubstr("send_limits.bytes 0: at least 1 byte"));
}

TEST_F(Open, TakesARuntimesLimitsOfZeroForOne) {
  for (const auto limits : {send_queue_limits{0, 1000}, send_queue_limits{1000, 0}}) {
    faulty_kernel kernel;
    kernel.send_error = EAGAIN;
    kernel.failing_sends = -1;
    auto options = test_options();
    options.send_limits = limits;
    node there(system, options);
    use_kernel(there.net, kernel);
    const auto sock = there.open(family::udp4);
    const dgram::send command{"x", {"127.0.0.1", 9}};
    send_request(there.self, sock, patience, command);
    EXPECT_THAT(there.error_of<std::uint64_t>(sock, command), FailsWith(errc::queue_full));
    EXPECT_EQ(there.ask<statistics>(sock, get_statistics{})->queued, 1U);
    kernel.failing_sends = 0;
  }
}

TEST_F(Open, WaitsForNamesThoughTheTimeIsTooLongToCount) {
  scripted_resolver script(system);
  auto options = test_options();
  options.resolver = script.handle();
  options.resolve_timeout = std::chrono::milliseconds::max();
  node there(system, options);
  auto sent =
      send_request(there.self, there.open(family::udp4), patience, dgram::send{"x", "a.test", 9});
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  // Long enough for a time that is over at once.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  script.answer_all(*endpoint::parse("127.0.0.1:0"));
  std::move(sent).receive([](std::uint64_t bytes) { EXPECT_EQ(bytes, 1U); },
                          [](const caf::error& why) { ADD_FAILURE() << describe(why); });
}

TEST_F(Open, AfterAShutdownFailsForNamesToo) {
  here.net.shutdown();
  auto with = at({"local.test", 0});
  with.peer = {"peer.test", 9};
  const auto sock = here.net.open(family::udp4, with);
  ASSERT_FALSE(sock);
  EXPECT_THAT(sock.error(), FailsWith(errc::closed));
}

TEST_F(Open, TakesAStalePathOverIfAsked) {
  const temp_dir directory;
  auto with = at(address::path(directory.file("s")));
  const auto dead = here.open(family::unix_dgram, with);
  std::filesystem::rename(directory.file("s"), directory.file("kept"));
  ASSERT_FALSE(here.tell(dead, close{}));
  std::filesystem::rename(directory.file("kept"), directory.file("s"));
  const auto refused = here.net.open(family::unix_dgram, with);
  ASSERT_FALSE(refused);
  EXPECT_EQ(errno_of(refused.error()), EADDRINUSE);
  with.replace_stale_path = true;
  EXPECT_TRUE(here.net.open(family::unix_dgram, with));
}

TEST_F(Open, OfAGroupNamesWhatItCannotHave) {
  const auto fails_with = [&](family f, const open_options& with, errc code, const char* text) {
    const auto group = here.net.open_group(f, with);
    ASSERT_FALSE(group) << text;
    EXPECT_THAT(group.error(), FailsWith(code));
    EXPECT_THAT(describe(group.error()), HasSubstr(text));
  };
  auto with = at({"127.0.0.1", 0});
  with.peer = {"peer.test", 9};
  fails_with(family::udp4, with, errc::invalid_address, "\"peer.test\" port 9");
  with = at({"local.test", 7});
  fails_with(family::udp4, with, errc::invalid_address, "\"local.test\" port 7");
  fails_with(family::unix_dgram, {}, errc::invalid_address, "unix_dgram");
  with = at({"127.0.0.1", 0});
  with.credits = 5;
  fails_with(family::udp4, with, errc::unsupported, "share credits");
  with.credits = subscribe::unlimited;
  with.beyond = excess::lose_newest;
  fails_with(family::udp4, with, errc::unsupported, "share credits");
  with.beyond = excess::pause;
  with.receive_memory = 0;
  fails_with(family::udp4, with, errc::out_of_range, "receive_memory 0");
  EXPECT_EQ(here.net.open_sockets(), 0U);
}

TEST_F(Opener, FailsWithTheErrorsOfTheSteps) {
  const auto error_of = [&](auto command) {
    caf::error result;
    send_request(here.self, here.net.opener(), patience, std::move(command))
        .receive([](const socket_actor&) { ADD_FAILURE() << "opened"; },
                 [&](caf::error& why) { result = std::move(why); });
    return result;
  };
  EXPECT_THAT(error_of(open_socket{family::udp4, at(65'536)}), FailsWith(errc::invalid_port));
  EXPECT_EQ(errno_of(error_of(open_socket{family::udp4, at({"192.0.2.1", 0})})), EADDRNOTAVAIL);
  EXPECT_THAT(error_of(dgram::open_group{family::udp4, at({"localhost", 0})}),
              FailsWith(errc::invalid_address));
  EXPECT_EQ(here.net.open_sockets(), 0U);
}

TEST_F(EventKinds, MayBeChosenAnew) {
  const auto [sock, at] = here.open_bound(family::udp4, here.self);
  here.await<listening_event>();
  subscribe anew{here.self};
  anew.events = event_kinds::close;
  ASSERT_FALSE(here.tell(sock, anew));
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", at}));
  EXPECT_TRUE(here.await_counts(sock, [](const statistics& s) { return s.undelivered == 1; }));
  tell(here.self, sock, bind{1});
  ASSERT_FALSE(here.tell(sock, close{}));
  here.self->wait_for(sock);
  EXPECT_THAT(here.lines_so_far(), ElementsAre("close"));
}

/// The kernel, which does not tell addresses.
class nameless_kernel : public syscalls {
 public:
  int getsockname(int /*fd*/, ::sockaddr* /*address*/,
                  ::socklen_t* /*length*/) const noexcept override {
    return errno = ENOBUFS, -1;
  }
};

class OpenWithoutNames : protected with_kernel<nameless_kernel>, public SocketTest {};

TEST_F(OpenWithoutNames, TellsNoAddress) {
  use_kernel(here.net, kernel);
  auto with = heard_by(here.self);
  with.local = {"127.0.0.1", 0};
  const auto sock = here.open(family::udp4, with);
  EXPECT_EQ(errno_of(here.error_of<endpoint>(sock, get_local_address{})), ENOBUFS);
  ASSERT_FALSE(here.tell(sock, close{}));
  here.self->wait_for(sock);
  EXPECT_THAT(here.lines_so_far(), ElementsAre("close"));
}

}  // namespace
}  // namespace dgram::testing
