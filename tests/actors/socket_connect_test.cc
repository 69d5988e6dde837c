#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unresolvable.h"

namespace dgram::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Connect = SocketTest;

TEST_F(Connect, FixesThePeerAndBindsImplicitly) {
  const auto [server, at] = here.open_bound(family::udp4, here.probe());
  EXPECT_EQ(here.next_line(), "listening " + at.to_string());
  const auto client = here.open(family::udp4, here.probe());
  EXPECT_EQ(*here.ask<endpoint>(client, connect{at}), at);
  EXPECT_THAT(here.next_line(), HasSubstr("listening 0.0.0.0:"));
  EXPECT_EQ(here.next_line(), "connect " + at.to_string());
  EXPECT_EQ(*here.ask<endpoint>(client, get_remote_address{}), at);
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{"hi"}), 2U);
  EXPECT_EQ(here.next_line(), "message hi");
}

TEST_F(Connect, TakesAHostName) {
  const auto [server, at] = here.open_bound(family::udp4);
  const auto peer = here.ask<endpoint>(here.open(family::udp4), connect{{"localhost", at.port()}});
  ASSERT_TRUE(peer) << describe(peer.error());
  EXPECT_EQ(*peer, at);
}

TEST_F(Connect, TakesAPortAloneAsLoopback) {
  const auto [server, at] = here.open_bound(family::udp6);
  EXPECT_EQ(*here.ask<endpoint>(here.open(family::udp6), connect{at.port()}), at);
}

TEST_F(Connect, HearsOnlyThePeer) {
  const auto [peer, at] = here.open_bound(family::udp4);
  const auto [stranger, elsewhere] = here.open_bound(family::udp4);
  const auto sock = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  const auto local = *here.ask<endpoint>(sock, get_local_address{});
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(here.ask<std::uint64_t>(stranger, dgram::send{"stranger", local}));
  ASSERT_TRUE(here.ask<std::uint64_t>(peer, dgram::send{"peer", local}));
  EXPECT_EQ(here.next_line(), "message peer");
}

TEST_F(Connect, FailsTheSecondTime) {
  const auto [server, at] = here.open_bound(family::udp4);
  const auto sock = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{at}), FailsWith(errc::already_connected));
  EXPECT_EQ(*here.ask<endpoint>(sock, get_remote_address{}), at);
}

TEST_F(Connect, RefusesBadAddresses) {
  const auto sock = here.open(family::udp4);
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{0}), FailsWith(errc::invalid_port));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{{"localhost", 65'536}}),
              FailsWith(errc::invalid_port));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{{"", 1}}), FailsWith(errc::invalid_name));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{}), FailsWith(errc::invalid_address));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{endpoint::loopback(family::udp6, 1)}),
              FailsWith(errc::wrong_family));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{{unresolvable, 1}}),
              FailsWith(errc::name_not_resolved));
  EXPECT_THAT(here.error_of<endpoint>(sock, get_local_address{}), FailsWith(errc::not_bound));
}

TEST_F(Connect, HearsOfAPeerThatIsNotThereAndGoesOn) {
  const auto [gone, at] = here.open_bound(family::udp4);
  // Keeps the port to itself, and hears nobody.
  ASSERT_TRUE(here.ask<endpoint>(gone, connect{at}));
  const auto sock = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"anyone?"}));
  const auto failed = here.await<error_event>();
  EXPECT_EQ(errno_of(failed.reason), ECONNREFUSED);
  EXPECT_THAT(here.ask<endpoint>(sock, get_remote_address{}), ::testing::Eq(at));
}

TEST_F(Connect, DisconnectForgetsThePeerAndKeepsThePort) {
  const auto [server, at] = here.open_bound(family::udp4);
  const auto sock = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, bind{0}));
  const auto port = here.ask<endpoint>(sock, get_local_address{})->port();
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  EXPECT_FALSE(here.tell(sock, disconnect{}));
  EXPECT_THAT(here.error_of<endpoint>(sock, get_remote_address{}), FailsWith(errc::not_connected));
  EXPECT_EQ(here.ask<endpoint>(sock, get_local_address{})->port(), port);
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(
      here.ask<std::uint64_t>(server, dgram::send{"hi", endpoint::loopback(family::udp4, port)}));
  EXPECT_EQ(here.next_line(), "message hi");
  EXPECT_TRUE(here.ask<endpoint>(sock, connect{at}));
}

TEST_F(Connect, DisconnectWithoutAPeerIsAnError) {
  EXPECT_THAT(here.tell(here.open(family::udp4), disconnect{}), FailsWith(errc::not_connected));
}

TEST_F(Connect, DatagramsQueuedBeforeItGoWhereTheyWereMeantTo) {
  const auto [a, to_a] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  const auto [b, to_b] = here.open_bound(family::udp4);
  const auto sock = here.open(family::udp4);
  // One turn of the loop may well see all of these at once.
  tell(here.self, sock, connect{to_a});
  tell(here.self, sock, dgram::send{"1"});
  tell(here.self, sock, disconnect{});
  tell(here.self, sock, dgram::send{"2", to_a});
  tell(here.self, sock, connect{to_b});
  EXPECT_EQ(here.next_line(), "message 1");
  EXPECT_EQ(here.next_line(), "message 2");
}

TEST_F(Connect, WorksOnUnixSockets) {
  const temp_dir directory;
  const auto server = here.open(family::unix_dgram, here.probe());
  ASSERT_TRUE(here.ask<endpoint>(server, bind{address::path(directory.file("s"))}));
  here.await<listening_event>();
  const auto client = here.open(family::unix_dgram);
  const auto peer = here.ask<endpoint>(client, connect{address::path(directory.file("s"))});
  ASSERT_TRUE(peer) << describe(peer.error());
  EXPECT_EQ(peer->path(), directory.file("s"));
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{"hi"}), 2U);
  EXPECT_EQ(here.next_line(), "message hi");
  EXPECT_FALSE(here.tell(client, disconnect{}));
}

TEST_F(Connect, ToAUnixPeerThatClosesCanBeMadeAnew) {
  const temp_dir directory;
  const auto path = address::path(directory.file("s"));
  const auto first = here.open(family::unix_dgram);
  ASSERT_TRUE(here.ask<endpoint>(first, bind{path}));
  const auto client = here.open(family::unix_dgram);
  const auto idle = here.open(family::unix_dgram);
  ASSERT_TRUE(here.ask<endpoint>(client, connect{path}));
  ASSERT_TRUE(here.ask<endpoint>(idle, connect{path}));
  ASSERT_FALSE(here.tell(first, close{}));
  EXPECT_EQ(errno_of(here.error_of<std::uint64_t>(client, dgram::send{"lost"})), ECONNREFUSED);
  const auto second = here.open(family::unix_dgram, here.probe());
  ASSERT_TRUE(here.ask<endpoint>(second, bind{path}));
  here.await<listening_event>();
  // One has noticed, the other one has not and disconnects first.
  EXPECT_TRUE(here.ask<endpoint>(client, connect{path}));
  EXPECT_FALSE(here.tell(idle, disconnect{}));
  EXPECT_TRUE(here.ask<endpoint>(idle, connect{path}));
  for (const auto& sock : {client, idle}) {
    EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"again"}));
    EXPECT_EQ(here.next_line(), "message again");
  }
}

TEST_F(Connect, DisconnectKeepsTheAddressThatWasBound) {
  const auto [server, at] = here.open_bound(family::udp4);
  const auto [sock, local] = here.open_bound(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  ASSERT_FALSE(here.tell(sock, disconnect{}));
  EXPECT_EQ(*here.ask<endpoint>(sock, get_local_address{}), local);
}

TEST_F(Connect, ToAUnixPathWithoutASocketIsAnError) {
  const temp_dir directory;
  EXPECT_EQ(errno_of(here.error_of<endpoint>(here.open(family::unix_dgram),
                                             connect{address::path(directory.file("none"))})),
            ENOENT);
}

TEST_F(Connect, ThePeerMayBeNamedAsTheDestination) {
  const auto [server, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  const auto sock = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"1", at}));
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"2", at.port()}));
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"3", "127.0.0.1", at.port()}));
  batch one;
  one.add("4", at);
  EXPECT_EQ(here.ask<batch_result>(sock, send_batch{one})->sent, 1U);
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(here.next_line(), "message " + std::to_string(i));
  const auto elsewhere = at.with_port(static_cast<std::uint16_t>(at.port() ^ 1U));
  EXPECT_THAT(here.error_of<std::uint64_t>(sock, dgram::send{"x", elsewhere}),
              FailsWith(errc::already_connected));
  batch other;
  other.add("x", elsewhere);
  EXPECT_THAT(here.ask<batch_result>(sock, send_batch{other})->reason,
              FailsWith(errc::already_connected));
}

/// Sockets of one loop, which can be stopped to let datagrams pile up in the kernel.
class ConnectUnderLoad : protected with_kernel<faulty_kernel>, public SocketTest {
 protected:
  ConnectUnderLoad() {
    use_kernel(here.net, kernel);
    blocker = here.open_bound(family::udp4).first;
  }

  /// Stops the loop until the result is unlocked.
  std::unique_lock<std::mutex> stop() {
    std::unique_lock<std::mutex> gate(kernel.gate);
    kernel.is_halted = false;
    tell(here.self, blocker, dgram::send{"x", endpoint::loopback(family::udp4, 9)});
    EXPECT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
    return gate;
  }

  static dgram::socket raw(const endpoint& local) {
    auto sock = *dgram::socket::open(local.family());
    EXPECT_TRUE(sock.bind(local).ok());
    return sock;
  }

  /// A Unix socket at `at`, connected to the path.
  socket_actor open_unix(const endpoint& peer, std::int64_t credits = subscribe::unlimited) {
    auto options = heard_by(here.probe());
    options.local = at;
    options.peer = peer;
    options.credits = credits;
    return here.open(family::unix_dgram, options);
  }

  /// The lines up to one that says so, with it.
  std::vector<std::string> lines_until(const std::string& last) {
    std::vector<std::string> lines;
    do {
      lines.push_back(here.next_line());
    } while (lines.back() != last && !HasFailure());
    return lines;
  }

  const temp_dir directory;
  const endpoint at = *endpoint::unix_path(directory.file("sock"));
  socket_actor blocker;
};

TEST_F(ConnectUnderLoad, WhatStrangersSentBeforeComesBeforeTheConnect) {
  const auto [sock, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  auto peer = raw(endpoint::loopback(family::udp4, 0));
  auto stranger = raw(endpoint::loopback(family::udp4, 0));
  auto gate = stop();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(stranger.send({payload("stranger")}, &at).error, 0);
  auto connected = send_request(here.self, sock, patience, connect{*peer.local_endpoint()});
  gate.unlock();
  std::move(connected).receive([](const endpoint&) {},
                               [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  ASSERT_EQ(peer.send({payload("peer")}, &at).error, 0);
  const auto lines = lines_until("message peer");
  ASSERT_EQ(lines.size(), 102U);
  EXPECT_EQ(lines[100], "connect " + peer.local_endpoint()->to_string());
}

TEST_F(ConnectUnderLoad, WhatStrangersSentToAPausedSocketIsDroppedAndCounted) {
  const auto [sock, at] = here.open_bound(family::udp4);
  ASSERT_FALSE(here.tell(sock, subscribe{here.probe(), delivery::single, 0, excess::pause,
                                         subscribe::default_backlog, event_kinds::all}));
  EXPECT_EQ(here.next_line(), "passive");
  auto peer = raw(endpoint::loopback(family::udp4, 0));
  auto stranger = raw(endpoint::loopback(family::udp4, 0));
  for (int i = 0; i < 10; ++i) ASSERT_EQ(stranger.send({payload("stranger")}, &at).error, 0);
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{*peer.local_endpoint()}));
  ASSERT_EQ(peer.send({payload("peer")}, &at).error, 0);
  ASSERT_FALSE(here.tell(sock, grant{here.probe(), 100}));
  EXPECT_EQ(here.next_line(), "connect " + peer.local_endpoint()->to_string());
  EXPECT_EQ(here.next_line(), "message peer");
  EXPECT_EQ(here.ask<statistics>(sock, get_statistics{})->strangers, 10U);
}

TEST_F(ConnectUnderLoad, AUnixSocketReadsWhatWaitsBeforeItDisconnects) {
  const auto path = *endpoint::unix_path(directory.file("peer"));
  auto peer = raw(path);
  const auto sock = open_unix(path);
  auto gate = stop();
  for (int i = 0; i < 5; ++i) ASSERT_EQ(peer.send({payload(std::to_string(i))}, &at).error, 0);
  tell(here.self, sock, disconnect{});
  gate.unlock();
  EXPECT_THAT(lines_until("message 4"), ::testing::SizeIs(7));
  EXPECT_EQ(here.ask<statistics>(sock, get_statistics{})->received, 5U);
}

TEST_F(ConnectUnderLoad, AUnixSocketThatCannotReadTellsThatItMayLoseWhatWaits) {
  const auto path = *endpoint::unix_path(directory.file("peer"));
  auto peer = raw(path);
  const auto sock = open_unix(path, 0);
  ASSERT_EQ(peer.send({payload("unread")}, &at).error, 0);
  ASSERT_FALSE(here.tell(sock, disconnect{}));
  lines_until("kernel drop 0 of 0");
}

TEST_F(ConnectUnderLoad, WhatAUnixPeerLeftIsReadBeforeItsEndIsNoticed) {
  const auto path = *endpoint::unix_path(directory.file("peer"));
  std::optional<dgram::socket> peer(raw(path));
  const auto sock = open_unix(path);
  auto gate = stop();
  for (int i = 0; i < 5; ++i) ASSERT_EQ(peer->send({payload(std::to_string(i))}, &at).error, 0);
  peer.reset();
  for (int i = 0; i < 3; ++i) tell(here.self, sock, dgram::send{"too late"});
  gate.unlock();
  auto lines = lines_until("disconnect " + path.to_string());
  EXPECT_THAT(lines, ::testing::IsSupersetOf({"message 0", "message 4"}));
  EXPECT_THAT(here.error_of<std::uint64_t>(sock, dgram::send{"x"}), FailsWith(errc::not_connected));
  EXPECT_TRUE(comes_true([&] {
    for (auto& line : here.lines_so_far()) lines.push_back(line);
    return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find("ECONNREFUSED") != std::string::npos;
    });
  }));
}

TEST_F(Connect, ASocketOpenedWithAPeerHearsOthersAfterADisconnect) {
  const auto [peer, at_peer] = here.open_bound(family::udp4);
  const auto [stranger, elsewhere] = here.open_bound(family::udp4);
  auto options = heard_by(here.probe());
  options.local = endpoint::loopback(family::udp4, 0);
  options.peer = at_peer;
  const auto sock = here.open(family::udp4, options);
  const auto local = *here.ask<endpoint>(sock, get_local_address{});
  ASSERT_FALSE(here.tell(sock, disconnect{}));
  here.await<connect_event>();
  here.await<listening_event>();
  ASSERT_TRUE(here.ask<std::uint64_t>(stranger, dgram::send{"hi", local}));
  EXPECT_EQ(here.next_line(), "message hi");
  EXPECT_EQ(here.ask<statistics>(sock, get_statistics{})->strangers, 0U);
}

TEST_F(ConnectUnderLoad, ADisconnectOfAUnixSocketWhosePeerHasClosedIsNoError) {
  const auto path = *endpoint::unix_path(directory.file("peer"));
  std::optional<dgram::socket> peer(raw(path));
  auto options = heard_by(here.probe());
  options.peer = path;
  const auto sock = here.open(family::unix_dgram, options);
  auto gate = stop();
  peer.reset();
  tell(here.self, sock, dgram::send{"x"});
  auto asked = send_request(here.self, sock, patience, disconnect{});
  gate.unlock();
  std::move(asked).receive([] {}, [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  lines_until("disconnect " + path.to_string());
}

TEST_F(ConnectUnderLoad, TheEndOfAUnixPeerIsToldOnceWithWhatItMayHaveTakenAlong) {
  const auto path = *endpoint::unix_path(directory.file("peer"));
  for (const bool reads_before : {false, true}) {
    std::optional<dgram::socket> peer(raw(path));
    const auto sock = open_unix(path, reads_before ? subscribe::unlimited : 0);
    if (reads_before) {
      ASSERT_EQ(peer->send({payload("read")}, &at).error, 0);
      lines_until("message read");
      ASSERT_FALSE(here.tell(sock, subscribe{here.probe(), delivery::single, 0, excess::pause,
                                             subscribe::default_backlog, event_kinds::all}));
    }
    lines_until("passive");
    ASSERT_EQ(peer->send({payload("unread")}, &at).error, 0);
    peer.reset();
    for (int i = 0; i < 3; ++i) tell(here.self, sock, dgram::send{"too late"});
    std::vector<std::string> lines;
    for (int errors = 0; errors < 3 && !HasFailure();) {
      lines.push_back(here.next_line());
      errors += lines.back().rfind("error", 0) == 0 ? 1 : 0;
    }
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "disconnect " + path.to_string()), 1);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "kernel drop 0 of 0"), 1);
    // It hears others from now on.
    auto stranger = raw(*endpoint::unix_path(directory.file("stranger")));
    ASSERT_EQ(stranger.send({payload("stranger")}, &at).error, 0);
    ASSERT_FALSE(here.tell(sock, grant{here.probe(), 10}));
    lines_until("message stranger");
    EXPECT_EQ(here.ask<statistics>(sock, get_statistics{})->strangers, 0U);
    ASSERT_FALSE(here.tell(sock, close{}));
    lines_until("close");
  }
}

TEST_F(ConnectUnderLoad, ADisconnectOfAUnixSocketTellsALossOnlyWhereOneMayBe) {
  const auto path = *endpoint::unix_path(directory.file("peer"));
  auto peer = raw(path);
  const auto sock = open_unix(path);
  ASSERT_EQ(peer.send({payload("read")}, &at).error, 0);
  lines_until("message read");
  ASSERT_FALSE(here.tell(sock, disconnect{}));
  EXPECT_THAT(here.lines_so_far(), IsEmpty());
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{path}));
  EXPECT_EQ(here.next_line(), "connect " + path.to_string());
  // It has read all there was when it pauses.
  ASSERT_FALSE(here.tell(sock, subscribe{here.probe(), delivery::single, 0, excess::pause,
                                         subscribe::default_backlog, event_kinds::all}));
  EXPECT_EQ(here.next_line(), "passive");
  ASSERT_EQ(peer.send({payload("unread")}, &at).error, 0);
  ASSERT_FALSE(here.tell(sock, disconnect{}));
  EXPECT_THAT(here.lines_so_far(), ElementsAre("kernel drop 0 of 0"));
}

TEST_F(ConnectUnderLoad, ADisconnectOfAUdpSocketLosesNothing) {
  const auto [sock, local] = here.open_bound(family::udp4);
  auto peer = raw(endpoint::loopback(family::udp4, 0));
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{*peer.local_endpoint()}));
  ASSERT_FALSE(here.tell(sock, subscribe{here.probe(), delivery::single, 0, excess::pause,
                                         subscribe::default_backlog, event_kinds::all}));
  EXPECT_EQ(here.next_line(), "passive");
  ASSERT_EQ(peer.send({payload("kept")}, &local).error, 0);
  ASSERT_FALSE(here.tell(sock, disconnect{}));
  ASSERT_FALSE(here.tell(sock, grant{here.probe(), 10}));
  EXPECT_EQ(here.next_line(), "message kept");
}

TEST_F(Connect, AUnixSocketKeepsAPeerThatTakesNoMoreThanThis) {
  const temp_dir directory;
  const auto path = address::path(directory.file("s"));
  const auto server = here.open(family::unix_dgram);
  ASSERT_TRUE(here.ask<endpoint>(server, bind{path}));
  const auto client = here.open(family::unix_dgram, here.probe());
  ASSERT_TRUE(here.ask<endpoint>(client, connect{path}));
  here.await<connect_event>();
  EXPECT_THAT(here.error_of<std::uint64_t>(client, dgram::send{std::string(16 << 20, 'x')}),
              FailsWith(errc::payload_too_large));
  EXPECT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"small"}));
  EXPECT_FALSE(here.has_event());
}

/// The kernel, beside another program that takes a port as soon as it is free.
class rivalling_kernel : public syscalls {
 public:
  mutable std::atomic<int> sockets{0};
  mutable std::atomic<std::uint16_t> wanted{0};
  mutable dgram::socket rival = *dgram::socket::open(family::udp4);

  // Without a second descriptor to look for a free port, the kernel chooses one.
  int socket(int domain, int type, int protocol) const noexcept override {
    if (sockets++ == 1) return errno = EMFILE, -1;
    return syscalls::socket(domain, type, protocol);
  }

  int connect(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept override {
    const int result = syscalls::connect(fd, address, length);
    if (address->sa_family == AF_UNSPEC && wanted != 0) {
      rival.bind(endpoint::loopback(family::udp4, wanted)).IgnoreError();
    }
    return result;
  }
};

class ConnectBesideARival : protected with_kernel<rivalling_kernel>, public SocketTest {};

TEST_F(ConnectBesideARival, ADisconnectThatLosesThePortLeavesTheSocketToBeBoundAgain) {
  use_kernel(here.net, kernel);
  const auto sock = here.open(family::udp4);
  // A socket that may share its port has another one look for it.
  ASSERT_FALSE(here.tell(sock, set_option{option::reuse_address, true}));
  const auto local = here.ask<endpoint>(sock, bind{endpoint::loopback(family::udp4, 0)});
  ASSERT_TRUE(local) << describe(local.error());
  kernel.wanted = local->port();
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{endpoint::loopback(family::udp4, 9)}));
  EXPECT_EQ(errno_of(here.tell(sock, disconnect{})), EADDRINUSE);
  EXPECT_TRUE(here.ask<endpoint>(sock, bind{endpoint::loopback(family::udp4, 0)}));
}

}  // namespace
}  // namespace dgram::testing
