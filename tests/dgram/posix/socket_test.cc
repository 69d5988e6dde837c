#include "caf_dgram/dgram/posix/socket.h"

#include <fcntl.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/posix/path_lock.h"
#include "caf_dgram/dgram/posix/system_options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace dgram {
namespace {

using ::testing::HasSubstr;
using testing::temp_dir;

constexpr int patience_ms = 20'000;

void await_readable(const socket& sock) {
  ::pollfd entry{sock.descriptor(), POLLIN, 0};
  ASSERT_EQ(::poll(&entry, 1, patience_ms), 1) << "nothing came";
}

struct arrival {
  std::string text;
  receive_result result;
};

arrival receive_from(socket& sock, std::size_t room = 70'000) {
  await_readable(sock);
  std::vector<char> buffer(room);
  const auto result = sock.receive(absl::MakeSpan(buffer));
  EXPECT_EQ(result.error, 0);
  return {std::string(buffer.data(), result.stored), result};
}

socket bound(family f, const temp_dir& directory, const std::string& name) {
  auto sock = *socket::open(f);
  const auto local = f == family::unix_dgram ? *endpoint::unix_path(directory.file(name))
                                             : endpoint::loopback(f, 0);
  EXPECT_TRUE(sock.bind(local).ok());
  return sock;
}

class SocketOfFamily : public ::testing::TestWithParam<family> {
 protected:
  temp_dir directory;
};

INSTANTIATE_TEST_SUITE_P(Families, SocketOfFamily,
                         ::testing::Values(family::udp4, family::udp6, family::unix_dgram),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(SocketOfFamily, IsNonBlockingAndCloseOnExec) {
  const auto sock = *socket::open(GetParam());
  EXPECT_NE(::fcntl(sock.descriptor(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(sock.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_P(SocketOfFamily, SendsAndReceivesWithSender) {
  auto a = bound(GetParam(), directory, "a");
  auto b = bound(GetParam(), directory, "b");
  const auto to = *b.local_endpoint();
  const auto sent = a.send({payload("hello")}, &to);
  EXPECT_EQ(sent.error, 0);
  EXPECT_EQ(sent.bytes, 5U);
  const auto got = receive_from(b);
  EXPECT_EQ(got.text, "hello");
  EXPECT_EQ(got.result.size, 5U);
  EXPECT_EQ(got.result.sender, *a.local_endpoint());
}

TEST_P(SocketOfFamily, GathersBuffersIntoOneDatagram) {
  auto a = bound(GetParam(), directory, "a");
  auto b = bound(GetParam(), directory, "b");
  const auto to = *b.local_endpoint();
  const std::vector<payload> parts{payload("one "), payload(), payload("two "), payload("three")};
  EXPECT_EQ(a.send(parts, &to).bytes, 13U);
  EXPECT_EQ(receive_from(b).text, "one two three");
}

TEST_P(SocketOfFamily, RefusesMoreBuffersThanOneCallTakes) {
  auto a = bound(GetParam(), directory, "a");
  const auto to = *a.local_endpoint();
  const std::vector<payload> most(socket::max_buffers, payload("x"));
  EXPECT_EQ(a.send(most, &to).error, 0);
  EXPECT_EQ(receive_from(a).text, std::string(socket::max_buffers, 'x'));
  const std::vector<payload> too_many(socket::max_buffers + 1, payload("x"));
  EXPECT_EQ(a.send(too_many, &to).error, EMSGSIZE);
}

TEST_P(SocketOfFamily, CarriesAnEmptyDatagram) {
  auto a = bound(GetParam(), directory, "a");
  const auto to = *a.local_endpoint();
  EXPECT_EQ(a.send({payload()}, &to).error, 0);
  const auto got = receive_from(a);
  EXPECT_EQ(got.result.size, 0U);
  EXPECT_EQ(got.text, "");
}

TEST_P(SocketOfFamily, ReportsTheRealSizeOfATruncatedDatagram) {
  auto a = bound(GetParam(), directory, "a");
  const auto to = *a.local_endpoint();
  a.send({payload("0123456789")}, &to);
  const auto got = receive_from(a, 4);
  EXPECT_EQ(got.text, "0123");
  EXPECT_EQ(got.result.stored, 4U);
  EXPECT_EQ(got.result.size, 10U);
}

TEST_P(SocketOfFamily, HasNothingToReadAtFirst) {
  auto a = bound(GetParam(), directory, "a");
  std::array<char, 8> buffer{};
  EXPECT_EQ(a.receive(absl::MakeSpan(buffer)).error, EAGAIN);
}

TEST_P(SocketOfFamily, ConnectsSendsWithoutAddressAndDisconnects) {
  auto a = bound(GetParam(), directory, "a");
  auto b = bound(GetParam(), directory, "b");
  EXPECT_EQ(code_of(a.remote_endpoint().status()), errc::not_connected);
  ASSERT_TRUE(a.connect(*b.local_endpoint()).ok());
  EXPECT_EQ(*a.remote_endpoint(), *b.local_endpoint());
  EXPECT_EQ(a.send({payload("x")}, nullptr).error, 0);
  EXPECT_EQ(receive_from(b).text, "x");
  ASSERT_TRUE(a.disconnect().ok());
  EXPECT_EQ(code_of(a.remote_endpoint().status()), errc::not_connected);
  EXPECT_NE(a.send({payload("x")}, nullptr).error, 0);
}

TEST_P(SocketOfFamily, KeepsItsLocalPortWhenItDisconnects) {
  auto a = bound(GetParam(), directory, "a");
  auto b = bound(GetParam(), directory, "b");
  const auto before = *a.local_endpoint();
  ASSERT_TRUE(a.connect(*b.local_endpoint()).ok());
  ASSERT_TRUE(a.disconnect().ok());
  ASSERT_TRUE(a.local_endpoint().ok()) << a.local_endpoint().status();
  EXPECT_EQ(*a.local_endpoint(), before);
  const auto to = before;
  EXPECT_EQ(b.send({payload("back")}, &to).error, 0);
  EXPECT_EQ(receive_from(a).text, "back");
}

TEST_P(SocketOfFamily, IsNotBoundAtFirst) {
  const auto sock = *socket::open(GetParam());
  EXPECT_EQ(code_of(sock.local_endpoint().status()), errc::not_bound);
}

TEST_P(SocketOfFamily, RefusesAddressesOfOtherFamilies) {
  auto sock = *socket::open(GetParam());
  for (const auto f : {family::udp4, family::udp6, family::unix_dgram}) {
    if (f == GetParam()) continue;
    const auto foreign =
        f == family::unix_dgram ? *endpoint::unix_path("/x") : endpoint::loopback(f, 1);
    EXPECT_EQ(code_of(sock.bind(foreign)), errc::wrong_family);
    EXPECT_EQ(code_of(sock.connect(foreign)), errc::wrong_family);
    // A udp6 socket joins IPv4 groups.
    if (GetParam() == family::udp6 && f == family::udp4) continue;
    EXPECT_EQ(code_of(sock.join(foreign, 0)), errc::wrong_family);
  }
}

TEST_P(SocketOfFamily, TellsABindConflictWithAddressAndErrno) {
  auto a = bound(GetParam(), directory, "a");
  auto b = *socket::open(GetParam());
  const auto status = b.bind(*a.local_endpoint());
  EXPECT_EQ(errno_of(status), EADDRINUSE);
  EXPECT_THAT(std::string(status.message()), HasSubstr(a.local_endpoint()->to_string()));
}

TEST_P(SocketOfFamily, MovesWithItsDescriptor) {
  auto a = bound(GetParam(), directory, "a");
  const int fd = a.descriptor();
  socket b = std::move(a);
  EXPECT_EQ(b.descriptor(), fd);
  EXPECT_FALSE(a.is_open());  // NOLINT(bugprone-use-after-move): that is the test
  auto c = *socket::open(GetParam());
  const int replaced = c.descriptor();
  c = std::move(b);
  EXPECT_EQ(c.descriptor(), fd);
  EXPECT_EQ(::fcntl(replaced, F_GETFD), -1);
  c.close();
  c.close();
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST(SocketOpen, FailsByNameWhenNoDescriptorsAreLeft) {
  ::rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  ::rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto sock = socket::open(family::udp4);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(sock.ok());
  EXPECT_EQ(errno_of(sock.status()), EMFILE);
  EXPECT_THAT(std::string(sock.status().message()), HasSubstr("open udp4: EMFILE"));
}

TEST(UdpSocket, KeepsAPortOfTheKernelsChoiceWhenItDisconnects) {
  for (const auto f : {family::udp4, family::udp6}) {
    auto peer = *socket::open(f);
    ASSERT_TRUE(peer.bind(endpoint::loopback(f, 0)).ok());
    auto sock = *socket::open(f);
    ASSERT_TRUE(sock.bind(endpoint::wildcard(f)).ok());
    const auto before = *sock.local_endpoint();
    ASSERT_TRUE(sock.connect(*peer.local_endpoint()).ok());
    ASSERT_TRUE(sock.disconnect().ok());
    ASSERT_TRUE(sock.local_endpoint().ok()) << sock.local_endpoint().status();
    EXPECT_EQ(*sock.local_endpoint(), before);
  }
}

TEST(UdpSocket, RefusesADatagramThatIsTooLarge) {
  for (const auto f : {family::udp4, family::udp6}) {
    auto sock = *socket::open(f);
    ASSERT_TRUE(sock.bind(endpoint::loopback(f, 0)).ok());
    const auto to = *sock.local_endpoint();
    EXPECT_EQ(sock.send({payload(std::string(max_payload(f) + 1, 'x'))}, &to).error, EMSGSIZE);
    EXPECT_EQ(sock.send({payload(std::string(max_payload(f), 'x'))}, &to).error, 0);
    EXPECT_EQ(receive_from(sock).result.size, max_payload(f));
  }
}

TEST(UdpSocket, HearsOfAConnectedPeerThatIsNotThere) {
  auto gone = *socket::open(family::udp4);
  ASSERT_TRUE(gone.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto to = *gone.local_endpoint();
  // Keeps the port to itself, and hears nobody.
  ASSERT_TRUE(gone.connect(to).ok());
  auto sock = *socket::open(family::udp4);
  ASSERT_TRUE(sock.connect(to).ok());
  EXPECT_EQ(sock.send({payload("x")}, nullptr).error, 0);
  await_readable(sock);
  std::array<char, 8> buffer{};
  EXPECT_EQ(sock.receive(absl::MakeSpan(buffer)).error, ECONNREFUSED);
}

TEST(Ipv6Socket, WithIpv6OnlySharesAPortWithIpv4) {
  auto v4 = *socket::open(family::udp4);
  ASSERT_TRUE(v4.bind(endpoint::wildcard(family::udp4)).ok());
  const auto port = v4.local_endpoint()->port();
  auto dual = *socket::open(family::udp6);
  ASSERT_TRUE(dual.set(option::ipv6_only, false).ok());
  EXPECT_EQ(errno_of(dual.bind(endpoint::wildcard(family::udp6, port))), EADDRINUSE);
  auto only = *socket::open(family::udp6);
  ASSERT_TRUE(only.set(option::ipv6_only, true).ok());
  EXPECT_TRUE(only.bind(endpoint::wildcard(family::udp6, port)).ok());
}

TEST(Ipv6Socket, SendsToIpv4AddressesInMappedForm) {
  auto v4 = *socket::open(family::udp4);
  ASSERT_TRUE(v4.bind(endpoint::loopback(family::udp4, 0)).ok());
  auto dual = *socket::open(family::udp6);
  ASSERT_TRUE(dual.bind(endpoint::wildcard(family::udp6)).ok());
  const auto to = *v4.local_endpoint()->in_family(family::udp6);
  ASSERT_EQ(dual.send({payload("x")}, &to).error, 0);
  const auto got = receive_from(v4);
  EXPECT_EQ(got.text, "x");
  ASSERT_EQ(v4.send({payload("y")}, &got.result.sender).error, 0);
  EXPECT_EQ(receive_from(dual).result.sender, to);
}

TEST(Ipv6Socket, DoesNotConnectWhereTheKernelWouldIgnoreTheScope) {
  auto sock = *socket::open(family::udp6);
  EXPECT_EQ(code_of(sock.connect(*endpoint::parse("[ff05::1%lo]:9"))), errc::invalid_address);
  EXPECT_NE(code_of(sock.connect(*endpoint::parse("[ff02::1%lo]:9"))), errc::invalid_address);
}

TEST(ReuseAddress, LetsTwoSocketsShareAPort) {
  auto a = *socket::open(family::udp4);
  auto b = *socket::open(family::udp4);
  ASSERT_TRUE(a.set(option::reuse_address, true).ok());
  ASSERT_TRUE(b.set(option::reuse_address, true).ok());
  ASSERT_TRUE(a.bind(endpoint::loopback(family::udp4, 0)).ok());
  EXPECT_TRUE(b.bind(*a.local_endpoint()).ok());
}

TEST(ReusePort, LetsTwoSocketsShareAPort) {
  if (so_reuseport == no_such_option) GTEST_SKIP() << "no SO_REUSEPORT that distributes";
  auto a = *socket::open(family::udp4);
  auto b = *socket::open(family::udp4);
  ASSERT_TRUE(a.set(option::reuse_port, true).ok());
  ASSERT_TRUE(b.set(option::reuse_port, true).ok());
  ASSERT_TRUE(a.bind(endpoint::loopback(family::udp4, 0)).ok());
  EXPECT_TRUE(b.bind(*a.local_endpoint()).ok());
}

TEST(UnixSocket, SendsWithoutBeingBoundAndThenHasNoName) {
  const temp_dir directory;
  auto server = bound(family::unix_dgram, directory, "s");
  auto client = *socket::open(family::unix_dgram);
  const auto to = *server.local_endpoint();
  EXPECT_EQ(client.send({payload("x")}, &to).error, 0);
  EXPECT_EQ(receive_from(server).result.sender, endpoint::wildcard(family::unix_dgram));
}

#ifndef CAF_DGRAM_NO_LINUX_FEATURES
TEST(UnixSocket, LivesAtAnAbstractName) {
  const auto name =
      *endpoint::unix_path(std::string("\0caf-dgram-", 11) + std::to_string(::getpid()));
  auto server = *socket::open(family::unix_dgram);
  ASSERT_TRUE(server.bind(name).ok());
  EXPECT_EQ(*server.local_endpoint(), name);
  auto client = *socket::open(family::unix_dgram);
  EXPECT_EQ(client.send({payload("x")}, &name).error, 0);
  EXPECT_EQ(receive_from(server).text, "x");
}
#endif

TEST(UnixSocket, AnswersASenderWhosePathTakesAllOfSunPath) {
  const temp_dir directory;
  std::string path = directory.file("p");
  path.append(sizeof(::sockaddr_un::sun_path) - path.size(), 'p');
  ::sockaddr_un un{};
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, path.data(), path.size());
  auto server = bound(family::unix_dgram, directory, "s");
  auto plain = *socket::open(family::unix_dgram);
  ASSERT_EQ(::bind(plain.descriptor(), reinterpret_cast<::sockaddr*>(&un), sizeof(un)), 0);
  // One byte less: what a cut name would lead to.
  auto other = *socket::open(family::unix_dgram);
  ASSERT_TRUE(other.bind(*endpoint::unix_path(path.substr(0, path.size() - 1))).ok());
  const auto to = *server.local_endpoint();
  ASSERT_EQ(plain.send({payload("ask")}, &to).error, 0);
  const auto asked = receive_from(server);
  EXPECT_EQ(asked.result.sender.path(), path);
  ASSERT_EQ(server.send({payload("answer")}, &asked.result.sender).error, 0);
  EXPECT_EQ(receive_from(plain).text, "answer");
  EXPECT_EQ(*plain.local_endpoint(), asked.result.sender);
}

TEST(UnixSocket, RemovesItsFileWhenItCloses) {
  const temp_dir directory;
  auto sock = bound(family::unix_dgram, directory, "s");
  EXPECT_TRUE(std::filesystem::exists(directory.file("s")));
  sock.close();
  EXPECT_FALSE(std::filesystem::exists(directory.file("s")));
}

TEST(UnixSocket, LeavesAFileThatTookItsPlace) {
  const temp_dir directory;
  auto sock = bound(family::unix_dgram, directory, "s");
  std::filesystem::remove(directory.file("s"));
  auto successor = bound(family::unix_dgram, directory, "s");
  sock.close();
  EXPECT_TRUE(std::filesystem::exists(directory.file("s")));
}

class StalePath : public ::testing::Test {
 protected:
  StalePath() {
    auto dead = *socket::open(family::unix_dgram);
    EXPECT_TRUE(dead.bind(path).ok());
    // A killed process leaves its file. Renaming it back and forth has the same effect.
    std::filesystem::rename(directory.file("s"), directory.file("kept"));
    dead.close();
    std::filesystem::rename(directory.file("kept"), directory.file("s"));
  }

  temp_dir directory;
  endpoint path = *endpoint::unix_path(directory.file("s"));
  socket sock = *socket::open(family::unix_dgram);
};

TEST_F(StalePath, IsNotTakenOverUnlessAsked) {
  EXPECT_EQ(errno_of(sock.bind(path)), EADDRINUSE);
  EXPECT_TRUE(std::filesystem::exists(directory.file("s")));
}

TEST_F(StalePath, IsTakenOverWhenAsked) {
  ASSERT_TRUE(sock.bind_replacing_stale_path(path).ok());
  EXPECT_EQ(sock.send({payload("x")}, &path).error, 0);
  EXPECT_EQ(receive_from(sock).text, "x");
}

TEST_F(StalePath, OfALiveSocketStays) {
  ASSERT_TRUE(sock.bind_replacing_stale_path(path).ok());
  auto second = *socket::open(family::unix_dgram);
  EXPECT_EQ(errno_of(second.bind_replacing_stale_path(path)), EADDRINUSE);
  EXPECT_EQ(second.send({payload("still there")}, &path).error, 0);
  EXPECT_EQ(receive_from(sock).text, "still there");
}

TEST_F(StalePath, ThatIsNoSocketStays) {
  std::filesystem::remove(directory.file("s"));
  std::ofstream(directory.file("s")) << "precious";
  EXPECT_EQ(errno_of(sock.bind_replacing_stale_path(path)), EADDRINUSE);
  EXPECT_EQ(std::filesystem::file_size(directory.file("s")), 8U);
}

/// A kernel with a fault in one call.
class faulty_kernel : public syscalls {
 public:
  mutable int interruptions = 0;
  mutable int option_error = 0;
  mutable int address_error = 0;

  ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept override {
    if (interruptions > 0) return --interruptions, errno = EINTR, -1;
    return syscalls::sendmsg(fd, message, flags);
  }
  ::ssize_t recvmsg(int fd, ::msghdr* message, int flags) const noexcept override {
    if (interruptions > 0) return --interruptions, errno = EINTR, -1;
    return syscalls::recvmsg(fd, message, flags);
  }
  int setsockopt(int fd, int level, int name, const void* value,
                 ::socklen_t length) const noexcept override {
    if (option_error != 0) return errno = option_error, -1;
    return syscalls::setsockopt(fd, level, name, value, length);
  }
  int bind(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept override {
    if (address_error != 0) return errno = address_error, -1;
    return syscalls::bind(fd, address, length);
  }
  int connect(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept override {
    if (address_error != 0) return errno = address_error, -1;
    return syscalls::connect(fd, address, length);
  }
};

TEST(SocketFaults, InterruptedCallsAreRepeated) {
  const faulty_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  ASSERT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto to = *sock.local_endpoint();
  kernel.interruptions = 3;
  EXPECT_EQ(sock.send({payload("x")}, &to).error, 0);
  await_readable(sock);
  kernel.interruptions = 3;
  std::array<char, 8> buffer{};
  EXPECT_EQ(sock.receive(absl::MakeSpan(buffer)).stored, 1U);
}

TEST(SocketFaults, TheErrnoIsTheCallsNotThatOfPrintingTheAddress) {
  const faulty_kernel kernel;
  auto sock = *socket::open(family::udp6, kernel);
  // Looking for the name of an interface that does not exist sets errno.
  const auto odd_scope = endpoint::ip("fe80::1", 5353)->with_scope_id(987'654);
  const auto odd_group = endpoint::ip("ff02::1", 0)->with_scope_id(987'654);
  kernel.address_error = EPERM;
  EXPECT_EQ(errno_of(sock.bind(odd_scope)), EPERM);
  EXPECT_EQ(errno_of(sock.connect(odd_scope)), EPERM);
  kernel.option_error = EPERM;
  EXPECT_EQ(errno_of(sock.join(odd_group, 0)), EPERM);
  EXPECT_EQ(errno_of(sock.leave(odd_group, 1)), EPERM);
}

TEST(SocketFaults, ADisconnectThatFailsIsReportedUnlessThePeerIsGoneAllTheSame) {
  const faulty_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  ASSERT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
  ASSERT_TRUE(sock.connect(*sock.local_endpoint()).ok());
  kernel.address_error = EPERM;
  EXPECT_EQ(errno_of(sock.disconnect()), EPERM);
  kernel.address_error = EAFNOSUPPORT;
  EXPECT_TRUE(sock.disconnect().ok());
}

TEST(SocketFaults, TheErrnoOfABindToAScopeThatDoesNotExistIsKept) {
  auto sock = *socket::open(family::udp6);
  EXPECT_EQ(errno_of(sock.bind(*endpoint::parse("[fe80::1%987654]:5353"))), ENODEV);
}

TEST(SocketFaults, AUsualCauseFollowsTheErrno) {
  auto sock = *socket::open(family::udp6);
  EXPECT_EQ(sock.bind(*endpoint::parse("[ff02::4242]:5400")).message(),
            "bind [ff02::4242]:5400: EINVAL (Invalid argument); a link-local address needs its "
            "interface, as in fe80::1%eth0");
}

TEST(SocketFaults, ARefusedOptionIsToldWithItsErrno) {
  const faulty_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  kernel.option_error = EPERM;
  const auto status = sock.set(option::ttl, 9);
  EXPECT_EQ(errno_of(status), EPERM);
  EXPECT_EQ(status.message(), "set ttl 9: EPERM (Operation not permitted)");
}

/// The kernel, with every port taken but those for IPv6 alone.
class v6_only_kernel : public syscalls {
 public:
  mutable std::uint16_t asked = 0;

  int bind(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept override {
    int is_v6_only = 0;
    ::socklen_t size = sizeof is_v6_only;
    ::getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &is_v6_only, &size);
    if (is_v6_only == 0) return errno = EADDRINUSE, -1;
    asked = endpoint::from_sockaddr(address, length)->port();
    return syscalls::bind(fd, address, length);
  }
};

TEST(FreePort, IsSoughtForIpv6AloneIfTheSocketIsToHearNothingElse) {
  const v6_only_kernel kernel;
  auto sock = *socket::open(family::udp6, kernel);
  ASSERT_TRUE(sock.set(option::ipv6_only, true).ok());
  ASSERT_TRUE(sock.bind(endpoint::wildcard(family::udp6)).ok());
  EXPECT_NE(kernel.asked, 0);
}

/// The kernel, beside another program that takes the first port that a socket gives up.
class thieving_kernel : public syscalls {
 public:
  mutable std::uint16_t stolen = 0;
  mutable dgram::socket thief = *dgram::socket::open(family::udp4);

  int connect(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept override {
    ::sockaddr_in local{};
    ::socklen_t size = sizeof local;
    ::getsockname(fd, reinterpret_cast<::sockaddr*>(&local), &size);
    const int result = syscalls::connect(fd, address, length);
    if (address->sa_family == AF_UNSPEC && stolen == 0) {
      stolen = ntohs(local.sin_port);
      EXPECT_TRUE(thief.bind(endpoint::loopback(family::udp4, stolen)).ok());
    }
    return result;
  }
};

TEST(FreePort, IsSoughtAgainIfAnotherProgramTakesItMeanwhile) {
  const thieving_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  ASSERT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto local = *sock.local_endpoint();
  EXPECT_NE(kernel.stolen, 0);
  EXPECT_NE(local.port(), kernel.stolen);
  ASSERT_TRUE(sock.connect(endpoint::loopback(family::udp4, 9)).ok());
  ASSERT_TRUE(sock.disconnect().ok());
  EXPECT_EQ(*sock.local_endpoint(), local);
}

TEST(FreePort, OfASocketThatMayShareItIsSharedWithNobody) {
  // So many that a port of the kernel's choice among theirs would be seen.
  std::vector<dgram::socket> all;
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 300; ++i) {
    all.push_back(*socket::open(family::udp4));
    ASSERT_TRUE(all.back().set(option::reuse_address, true).ok());
    ASSERT_TRUE(all.back().bind(endpoint::loopback(family::udp4, 0)).ok());
    ports.insert(all.back().local_endpoint()->port());
  }
  EXPECT_EQ(ports.size(), all.size());
}

/// The kernel, beside another program that wants a port as soon as it is free.
class rivalling_kernel : public syscalls {
 public:
  mutable std::uint16_t wanted = 0;
  mutable int probes = 0;
  mutable int rivals_error = 0;
  int refused_probes = 0;
  mutable dgram::socket rival = *dgram::socket::open(family::udp4);

  int socket(int domain, int type, int protocol) const noexcept override {
    if (probes++ > 0 && probes <= refused_probes + 1) return errno = EMFILE, -1;
    return syscalls::socket(domain, type, protocol);
  }

  int connect(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept override {
    const int result = syscalls::connect(fd, address, length);
    if (address->sa_family == AF_UNSPEC && wanted != 0) {
      rivals_error = errno_of(rival.bind(endpoint::loopback(family::udp4, wanted)));
    }
    return result;
  }
};

TEST(Disconnect, NeverGivesThePortUp) {
  const rivalling_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  ASSERT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto local = *sock.local_endpoint();
  kernel.wanted = local.port();
  ASSERT_TRUE(sock.connect(endpoint::loopback(family::udp4, 9)).ok());
  ASSERT_TRUE(sock.disconnect().ok());
  EXPECT_EQ(kernel.rivals_error, EADDRINUSE);
  EXPECT_EQ(*sock.local_endpoint(), local);
}

TEST(Disconnect, ThatLosesThePortTellsItAndLeavesTheSocketUnbound) {
  rivalling_kernel kernel;
  // Without a descriptor to look for a free port, the kernel chooses one.
  kernel.refused_probes = 1;
  auto sock = *socket::open(family::udp4, kernel);
  ASSERT_TRUE(sock.set(option::reuse_address, true).ok());
  ASSERT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto local = *sock.local_endpoint();
  kernel.wanted = local.port();
  ASSERT_TRUE(sock.connect(endpoint::loopback(family::udp4, 9)).ok());
  const auto status = sock.disconnect();
  EXPECT_EQ(kernel.rivals_error, 0);
  EXPECT_EQ(errno_of(status), EADDRINUSE);
  EXPECT_THAT(std::string(status.message()),
              ::testing::AllOf(HasSubstr("disconnect " + local.to_string()),
                               HasSubstr("not bound any more")));
  EXPECT_EQ(code_of(sock.local_endpoint().status()), errc::not_bound);
  EXPECT_EQ(code_of(sock.remote_endpoint().status()), errc::not_connected);
  EXPECT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
}

/// The kernel, which denies what only administrators may do.
class unprivileged_kernel : public syscalls {
 public:
  int setsockopt(int fd, int level, int name, const void* value,
                 ::socklen_t length) const noexcept override {
    if (level == SOL_SOCKET && (name == so_rcvbufforce || name == so_sndbufforce)) {
      return errno = EPERM, -1;
    }
    return syscalls::setsockopt(fd, level, name, value, length);
  }
};

TEST(BufferSize, ThatTheSystemCutsIsToldWithWhatIsInForce) {
  const unprivileged_kernel kernel;
  for (const auto f : {family::udp4, family::udp6, family::unix_dgram}) {
    auto sock = *socket::open(f, kernel);
    for (const auto id : {option::receive_buffer_size, option::send_buffer_size}) {
      constexpr std::int64_t huge = 1 << 29;
      const auto status = sock.set(id, huge);
      EXPECT_EQ(code_of(status), errc::out_of_range);
      const auto granted = sock.get(id)->as_number() / 2;
      EXPECT_LT(granted, huge);
      EXPECT_THAT(std::string(status.message()),
                  HasSubstr("the system grants " + std::to_string(granted)));
      EXPECT_TRUE(sock.set(id, granted).ok());
    }
  }
}

TEST(BufferSize, BeyondTheSystemsLimitIsForcedForThoseWhoMay) {
  auto sock = *socket::open(family::udp4);
  constexpr std::int64_t large = 64 << 20;
  const auto status = sock.set(option::receive_buffer_size, large);
  if (code_of(status) == errc::out_of_range) return;  // Not run by one of them.
  EXPECT_GE(sock.get(option::receive_buffer_size)->as_number(), 2 * large);
}

TEST_F(StalePath, IsTakenOverByOneOfSeveralThatTryAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const auto name = "s" + std::to_string(round);
    const auto contested = *endpoint::unix_path(directory.file(name));
    auto dead = *socket::open(family::unix_dgram);
    ASSERT_TRUE(dead.bind(contested).ok());
    std::filesystem::rename(directory.file(name), directory.file("kept"));
    dead.close();
    std::filesystem::rename(directory.file("kept"), directory.file(name));
    std::vector<std::thread> threads;
    std::vector<socket> all;
    for (int i = 0; i < 4; ++i) all.push_back(*socket::open(family::unix_dgram));
    std::atomic<int> bound_now{0};
    std::array<std::atomic<bool>, 4> is_bound{};
    for (std::size_t i = 0; i < all.size(); ++i) {
      threads.emplace_back([&, i] {
        const auto status = all[i].bind_replacing_stale_path(contested);
        if (status.ok()) {
          is_bound[i] = true;
          ++bound_now;
        } else {
          EXPECT_EQ(errno_of(status), EADDRINUSE);
        }
      });
    }
    for (auto& each : threads) each.join();
    ASSERT_EQ(bound_now, 1);
    auto client = *socket::open(family::unix_dgram);
    ASSERT_EQ(client.send({payload("x")}, &contested).error, 0);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (is_bound[i]) {
        EXPECT_EQ(receive_from(all[i]).text, "x");
      }
    }
  }
}

TEST_F(StalePath, IsLeftWhileAnotherProgramTakesItOver) {
  const path_lock theirs(directory.file("s"));
  const auto status = sock.bind_replacing_stale_path(path);
  EXPECT_EQ(errno_of(status), EADDRINUSE);
  EXPECT_THAT(std::string(status.message()), HasSubstr("taking a path of the directory over"));
  EXPECT_TRUE(std::filesystem::exists(directory.file("s")));
}

TEST(UnixSocket, ThatIsConnectedToAFullPeerSaysSoAfterAPart) {
  const temp_dir directory;
  auto server = bound(family::unix_dgram, directory, "s");
  auto client = *socket::open(family::unix_dgram);
  ASSERT_TRUE(client.connect(*server.local_endpoint()).ok());
  const segmentation never(false);
  std::size_t taken = 0;
  for (int round = 0; round < 100; ++round) {
    transmit_plan plan(family::unix_dgram, never);
    plan.add_run("0123456789", 1, nullptr);
    const auto result = client.send(plan.transmits());
    taken += result.taken;
    if (result.taken == plan.transmits().size()) continue;
    EXPECT_EQ(result.error, EAGAIN);
    break;
  }
  std::size_t read = 0;
  std::array<char, 8> buffer{};
  while (server.receive(absl::MakeSpan(buffer)).error == 0) ++read;
  EXPECT_EQ(read, taken);
  EXPECT_GT(taken, 0U);
}

TEST(SocketMove, TakesEverythingAlongAndClosesWhatWasThere) {
  const temp_dir directory;
  const faulty_kernel kernel;
  auto source = *socket::open(family::udp4, kernel);
  EXPECT_FALSE(source.is_on_all_addresses());
  EXPECT_FALSE(source.ignores_broadcasts());
  ASSERT_TRUE(source.set(option::multicast_interface, "lo").ok());
  source.ignore_broadcasts();
  ASSERT_TRUE(source.bind(endpoint::wildcard(family::udp4)).ok());
  auto target = bound(family::unix_dgram, directory, "old");
  target = std::move(source);
  EXPECT_FALSE(std::filesystem::exists(directory.file("old")));
  ASSERT_EQ(target.family(), family::udp4);
  EXPECT_TRUE(target.is_on_all_addresses());
  EXPECT_TRUE(target.ignores_broadcasts());
  EXPECT_EQ(target.get(option::multicast_interface)->as_interface(), interface_selector("lo"));
  kernel.option_error = EPERM;
  EXPECT_EQ(errno_of(target.set(option::ttl, 9)), EPERM);
  target = bound(family::unix_dgram, directory, "new");
  EXPECT_TRUE(std::filesystem::exists(directory.file("new")));
  target.close();
  EXPECT_FALSE(std::filesystem::exists(directory.file("new")));
}

TEST(SocketFaults, AnInterruptedCallThatThenReturnsZeroIsDone) {
  const faulty_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  ASSERT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto to = *sock.local_endpoint();
  std::array<char, 8> buffer{};
  errno = 0;
  ASSERT_EQ(sock.send({payload()}, &to).error, 0);
  await_readable(sock);
  // A success leaves errno as the interruption has set it.
  kernel.interruptions = 1;
  const auto got = sock.receive(absl::MakeSpan(buffer));
  ASSERT_EQ(got.error, 0);
  EXPECT_EQ(got.sender, to);
  kernel.interruptions = 1;
  EXPECT_EQ(sock.send({payload()}, &to).error, 0);
  await_readable(sock);
  EXPECT_EQ(sock.receive(absl::MakeSpan(buffer)).error, 0);
  EXPECT_EQ(sock.receive(absl::MakeSpan(buffer)).error, EAGAIN);
}

TEST(SocketFaults, AMembershipIsToldWithItsGroupItsInterfaceAndTheLimitOfIpv4) {
  const faulty_kernel kernel;
  auto v4 = *socket::open(family::udp4, kernel);
  auto v6 = *socket::open(family::udp6, kernel);
  const auto group4 = *endpoint::ip("239.255.1.2", 0);
  const auto group6 = *endpoint::ip("ff15::1:2", 0);
  kernel.option_error = EPERM;
  EXPECT_EQ(v4.join(group4, 0).message(),
            "add membership 239.255.1.2: EPERM (Operation not permitted)");
  EXPECT_EQ(v4.leave(group4, 1).message(),
            "drop membership 239.255.1.2 on interface 1: EPERM (Operation not permitted)");
  kernel.option_error = ENOBUFS;
  EXPECT_THAT(std::string(v4.join(group4, 1).message()), HasSubstr("igmp_max_memberships"));
  EXPECT_EQ(v6.join(group6, 1).message(),
            "add membership ff15::1:2 on interface 1: ENOBUFS (No buffer space available)");
}

/// The kernel, beside others who take each port as soon as it was found.
class crowded_kernel : public syscalls {
 public:
  mutable int error = EADDRINUSE;
  mutable int refused = 0;
  mutable int nameless = 0;  ///< Calls of getsockname that fail.

  int bind(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept override {
    if (endpoint::from_sockaddr(address, length)->port() == 0) {
      return syscalls::bind(fd, address, length);
    }
    return ++refused, errno = error, -1;
  }
  int getsockname(int fd, ::sockaddr* address, ::socklen_t* length) const noexcept override {
    if (nameless > 0) return --nameless, errno = ENOBUFS, -1;
    return syscalls::getsockname(fd, address, length);
  }
};

TEST(FreePort, ThatOthersTakeIsSoughtAnewAndInTheEndIsTheKernelsChoice) {
  const crowded_kernel kernel;
  const auto expect_bound = [&] {
    kernel.refused = 0;
    auto sock = *socket::open(family::udp4, kernel);
    ASSERT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
    EXPECT_TRUE(sock.local_endpoint().ok()) << sock.local_endpoint().status();
  };
  expect_bound();
  EXPECT_GT(kernel.refused, 1);
  // Another error would recur.
  kernel.error = EACCES;
  expect_bound();
  EXPECT_EQ(kernel.refused, 1);
  kernel.nameless = 1;
  expect_bound();
  EXPECT_EQ(kernel.refused, 0);
}

TEST(BufferSize, ThatTheSystemCutsIsToldWithTheLimitToRaise) {
  const unprivileged_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  constexpr std::int64_t huge = 1 << 29;
  EXPECT_THAT(std::string(sock.set(option::receive_buffer_size, huge).message()),
              HasSubstr("net.core.rmem_max"));
  EXPECT_THAT(std::string(sock.set(option::send_buffer_size, huge).message()),
              HasSubstr("net.core.wmem_max"));
}

#ifndef CAF_DGRAM_NO_LINUX_FEATURES
/// The kernel, which lets everybody exceed its limits.
class privileging_kernel : public syscalls {
 public:
  mutable int forced = 0;

  int setsockopt(int fd, int level, int name, const void* value,
                 ::socklen_t length) const noexcept override {
    if (level != SOL_SOCKET || (name != so_rcvbufforce && name != so_sndbufforce)) {
      return syscalls::setsockopt(fd, level, name, value, length);
    }
    std::memcpy(&forced, value, sizeof(forced));
    return 0;
  }
  int getsockopt(int fd, int level, int name, void* value,
                 ::socklen_t* length) const noexcept override {
    const bool is_size = level == SOL_SOCKET && (name == SO_RCVBUF || name == SO_SNDBUF);
    if (forced == 0 || !is_size) return syscalls::getsockopt(fd, level, name, value, length);
    const int doubled = 2 * forced;  // socket(7)
    std::memcpy(value, &doubled, sizeof(doubled));
    return 0;
  }
};

TEST(BufferSize, BeyondTheLimitIsGrantedWhereItCanBeForced) {
  for (const auto id : {option::receive_buffer_size, option::send_buffer_size}) {
    const privileging_kernel kernel;
    auto sock = *socket::open(family::udp4, kernel);
    constexpr std::int64_t huge = 1 << 29;
    const auto status = sock.set(id, huge);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(kernel.forced, huge);
  }
}
#endif

TEST(UdpSocket, TellsNoBytesWhereNothingIsSentOrRead) {
  auto sock = *socket::open(family::udp4);
  ASSERT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto to = *sock.local_endpoint();
  const payload too_large(std::string(max_payload(family::udp4) + 1, 'x'));
  EXPECT_EQ(sock.send({too_large}, &to).bytes, 0U);
  const std::vector<payload> too_many(socket::max_buffers + 1, payload("x"));
  EXPECT_EQ(sock.send(too_many, &to).bytes, 0U);
  std::array<char, 8> buffer{};
  const auto nothing = sock.receive(absl::MakeSpan(buffer));
  EXPECT_EQ(nothing.size, 0U);
  EXPECT_EQ(nothing.stored, 0U);
}

/// The kernel, which takes few messages in one call.
class short_kernel : public syscalls {
 public:
  mutable unsigned most = 1;
  mutable int later_error = 0;  ///< Of all calls but the first.
  mutable int calls = 0;
  mutable std::size_t control_bytes = 0;  ///< Of the last message sent alone.

  ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept override {
    control_bytes = message->msg_controllen;
    return syscalls::sendmsg(fd, message, flags);
  }
  int sendmmsg(int fd, multi_message* messages, unsigned count, int flags) const noexcept override {
    if (++calls > 1 && later_error != 0) return errno = later_error, -1;
    return syscalls::sendmmsg(fd, messages, std::min(count, most), flags);
  }
};

TEST(OneDatagram, NeedsNoControlMessages) {
  const short_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  ASSERT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto to = *sock.local_endpoint();
  kernel.control_bytes = 99;
  ASSERT_EQ(sock.send({payload("x")}, &to).error, 0);
  EXPECT_EQ(kernel.control_bytes, 0U);
}

#ifndef CAF_DGRAM_NO_LINUX_FEATURES
TEST(SeveralMessages, KeepTheirOwnSegmentSizesAfterAPartialCall) {
  const short_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  ASSERT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
  const auto to = *sock.local_endpoint();
  const segmentation offload(true);
  transmit_plan plan(family::udp4, offload);
  plan.add_run("aabb", 2, &to);
  plan.add_run("cccc", 4, &to);
  ASSERT_EQ(plan.transmits().size(), 2U);
  const auto result = sock.send(plan.transmits());
  EXPECT_EQ(result.taken, 2U);
  EXPECT_EQ(result.error, 0);
  for (const char* text : {"aa", "bb", "cccc"}) EXPECT_EQ(receive_from(sock).text, text);
}
#endif

TEST(SeveralMessages, TellTheErrorOfTheFirstThatIsRefused) {
  const segmentation never(false);
  const short_kernel kernel;
  auto udp = *socket::open(family::udp4, kernel);
  ASSERT_TRUE(udp.bind(endpoint::loopback(family::udp4, 0)).ok());
  ASSERT_TRUE(udp.connect(*udp.local_endpoint()).ok());
  transmit_plan to_peer(family::udp4, never);
  to_peer.add_run("ab", 1, nullptr);
  kernel.later_error = EPERM;
  auto result = udp.send(to_peer.transmits());
  EXPECT_EQ(result.taken, 1U);
  EXPECT_EQ(result.error, EPERM);

  const temp_dir directory;
  auto server = bound(family::unix_dgram, directory, "s");
  auto client = *socket::open(family::unix_dgram);
  const auto there = *server.local_endpoint();
  const auto nowhere = *endpoint::unix_path(directory.file("nobody"));
  transmit_plan some(family::unix_dgram, never);
  some.add_run("ab", 1, &there);
  result = client.send(some.transmits());
  EXPECT_EQ(result.taken, 2U);
  EXPECT_EQ(result.error, 0);
  some.add_run("c", 1, &nowhere);
  result = client.send(some.transmits());
  EXPECT_EQ(result.taken, 2U);
  EXPECT_EQ(result.error, ENOENT);
}

TEST(SeveralMessages, ToAFullPeerAreNotTriedTwice) {
  const temp_dir directory;
  auto server = bound(family::unix_dgram, directory, "s");
  const short_kernel kernel;
  auto client = *socket::open(family::unix_dgram, kernel);
  ASSERT_TRUE(client.connect(*server.local_endpoint()).ok());
  const segmentation never(false);
  transmit_plan plan(family::unix_dgram, never);
  plan.add_run("ab", 1, nullptr);
  const auto result = client.send(plan.transmits());
  EXPECT_EQ(result.taken, 1U);
  EXPECT_EQ(result.error, EAGAIN);
  EXPECT_EQ(kernel.calls, 1);
}

/// A kernel that knows fewer options, or tells less of them.
class older_kernel : public syscalls {
 public:
  mutable std::size_t told = 0;  ///< Bytes of each option.

  int getsockopt(int /*fd*/, int /*level*/, int /*name*/, void* /*value*/,
                 ::socklen_t* length) const noexcept override {
    if (told == 0) return errno = ENOPROTOOPT, -1;
    *length = static_cast<::socklen_t>(told);
    return 0;
  }
};

TEST(OlderKernel, TellsNoDropsAndCutsNoMessages) {
  const older_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  EXPECT_EQ(sock.dropped_by_kernel(), std::nullopt);
  EXPECT_FALSE(sock.supports_segmentation());
#if defined(SO_MEMINFO) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
  kernel.told = SK_MEMINFO_DROPS * sizeof(std::uint32_t);
  EXPECT_EQ(sock.dropped_by_kernel(), std::nullopt);
  kernel.told += sizeof(std::uint32_t);
  EXPECT_EQ(sock.dropped_by_kernel(), 0U);
#endif
}

TEST_F(StalePath, OfALiveSocketOfAnotherTypeStays) {
  std::filesystem::remove(directory.file("s"));
  const int stream = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(stream, path.data(), path.size()), 0);
  EXPECT_EQ(errno_of(sock.bind_replacing_stale_path(path)), EADDRINUSE);
  EXPECT_TRUE(std::filesystem::exists(directory.file("s")));
  ::close(stream);
}

}  // namespace
}  // namespace dgram
