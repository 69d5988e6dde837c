// Name servers that do not answer.

#include <poll.h>
#include <sched.h>
#include <sys/mount.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/lab.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"

namespace dgram::testing {
namespace {

/// Has getaddrinfo(3) ask 127.0.0.1, on this thread and those that it starts.
void use_local_name_server(const std::string& configuration) {
  std::ofstream(configuration) << "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n";
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount(configuration.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr) != 0) {
    throw std::runtime_error("resolv.conf cannot be replaced: errno " + std::to_string(errno));
  }
}

/// A name server that answers only when it is told to.
class silent_name_server {
 public:
  silent_name_server() {
    if (!sock_.bind(*endpoint::parse("127.0.0.1:53")).ok()) throw std::runtime_error("no port 53");
  }

  /// Waits for a query.
  void await_query() {
    ::pollfd ready{sock_.descriptor(), POLLIN, 0};
    constexpr auto timeout = std::chrono::milliseconds(patience).count();
    if (::poll(&ready, 1, static_cast<int>(timeout)) != 1) throw std::runtime_error("no query");
    const auto got = sock_.receive(absl::MakeSpan(query_));
    size_ = got.stored;
    asker_ = got.sender;
  }

  /// Says that there is no such name (RFC 1035, section 4.1.1: RCODE 3).
  void deny() {
    query_[2] = static_cast<char>(0x81);
    query_[3] = static_cast<char>(0x83);
    sock_.send({payload(std::string(query_.data(), size_))}, &asker_);
  }

 private:
  socket sock_ = *socket::open(family::udp4);
  std::array<char, 512> query_{};
  std::size_t size_ = 0;
  endpoint asker_;
};

std::ptrdiff_t count_threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

TEST(RuntimeEnd, DoesNotWaitForALookUpThatIsStillInGetaddrinfo) {
  const temp_dir directory;
  lab net;
  net.host().run([&] {
    use_local_name_server(directory.file("resolv.conf"));
    silent_name_server server;
    const auto before = count_threads();
    {
      system_config config;
      caf::actor_system system{config};
      auto options = test_options();
      options.linger = std::chrono::milliseconds(1);
      const runtime here{system, options};
      const auto sock = *here.open(family::udp4);
      send_anonymously(sock, dgram::send{"x", "slow.test", 9});
      server.await_query();
      here.shutdown();
    }
    // All has ended but the thread that still waits for the server. One that was joined
    // may be listed a little longer.
    comes_true([&] { return count_threads() <= before + 1; });
    EXPECT_EQ(count_threads(), before + 1);
    server.deny();
  });
}

}  // namespace
}  // namespace dgram::testing
