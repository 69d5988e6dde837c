#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/traffic.h"

namespace bench {
namespace {

constexpr int buffer_size = 4 << 20;

void check(int result, const char* what) {
  if (result < 0) throw std::runtime_error(what);
}

int open_socket(dgram::family f) {
  const int domain = f == dgram::family::unix_dgram ? AF_UNIX : AF_INET;
  const int fd = ::socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  check(fd, "socket");
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_size, sizeof(buffer_size));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer_size, sizeof(buffer_size));
  return fd;
}

dgram::endpoint local_address(int fd) {
  ::sockaddr_storage storage{};
  ::socklen_t length = sizeof(storage);
  auto* address = reinterpret_cast<::sockaddr*>(&storage);
  check(::getsockname(fd, address, &length), "getsockname");
  return dgram::endpoint::from_sockaddr(address, length).value();
}

void bind_to(int fd, const dgram::endpoint& where) {
  check(::bind(fd, where.data(), where.size()), "bind");
}

void join(int fd, const dgram::endpoint& group) {
  ::ip_mreqn request{};
  ::inet_pton(AF_INET, group.host().c_str(), &request.imr_multiaddr);
  request.imr_address.s_addr = htonl(INADDR_LOOPBACK);
  check(::setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)), "join");
}

}  // namespace

endpoints::endpoints(const traffic& what) : sender_(open_socket(what.family)) {
  const auto number = [](std::size_t i) {
    return std::to_string(::getpid()) + "." + std::to_string(i);
  };
  auto group = dgram::endpoint::ip("239.255.87.1", 0).value();
  for (std::size_t i = 0; i < what.receivers; ++i) {
    const int fd = open_socket(what.family);
    receivers_.push_back(fd);
    if (what.multicast) {
      const int on = 1;
      ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
      bind_to(fd, group);
      group = local_address(fd);
      join(fd, group);
      if (i == 0) destinations_.push_back(group);
    } else if (what.family == dgram::family::unix_dgram) {
      const auto name = dgram::endpoint::unix_path('\0' + ("dgram-bench." + number(i))).value();
      bind_to(fd, name);
      destinations_.push_back(name);
    } else {
      bind_to(fd, dgram::endpoint::loopback(what.family, 0));
      destinations_.push_back(local_address(fd));
    }
  }
  if (what.multicast) {
    ::in_addr by{htonl(INADDR_LOOPBACK)};
    check(::setsockopt(sender_, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by)), "IP_MULTICAST_IF");
  }
  if (what.family == dgram::family::unix_dgram) {
    // Connected, so that poll(2) reports when the receiver has room again.
    const auto& to = destinations_.front();
    check(::connect(sender_, to.data(), to.size()), "connect");
  }
}

endpoints::~endpoints() {
  for (const int fd : receivers_) ::close(fd);
  if (sender_ >= 0) ::close(sender_);
}

std::vector<int> endpoints::take_receivers() { return std::exchange(receivers_, {}); }

int endpoints::take_sender() { return std::exchange(sender_, -1); }

std::size_t safe_window(const traffic& what, std::size_t wish) {
  const int fd = open_socket(what.family);
  int bytes = 0;
  ::socklen_t length = sizeof(bytes);
  ::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &length);
  ::close(fd);
  // For each datagram the kernel charges 256 bytes plus a power of two that holds its
  // bytes, headers and bookkeeping.
  const auto largest = *std::max_element(what.sizes.begin(), what.sizes.end());
  std::size_t charge = 512;
  while (charge < largest + 400) charge *= 2;
  const auto fits = static_cast<std::size_t>(bytes) / 10 * 9 / (charge + 256);
  return std::clamp<std::size_t>(fits, 16, wish);
}

}  // namespace bench
