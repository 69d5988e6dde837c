// The limit: plain C++ on the same kind of sockets.

#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "bench/traffic.h"

namespace bench {
namespace {

constexpr std::size_t call_size = 64;  // Datagrams per system call.
constexpr std::size_t largest_datagram = 65'536;

enum class technique : std::uint8_t { poll, mmsg, offload };

void wait_for(int fd, short events) {
  ::pollfd entry{fd, events, 0};
  ::poll(&entry, 1, 10);
}

/// Sends one datagram per call.
class plain_sender {
 public:
  plain_sender(int fd, const traffic& what, const std::vector<dgram::endpoint>& to)
      : fd_(fd), what_(what), to_(to), bytes_(largest_datagram, 'x') {}

  std::size_t send(std::size_t room, std::uint64_t sent) {
    if (room == 0) return 0;
    const auto& to = to_[sent % to_.size()];
    const bool connected = what_.family == dgram::family::unix_dgram;
    const auto done = ::sendto(fd_, bytes_.data(), what_.sizes[sent % what_.sizes.size()], 0,
                               connected ? nullptr : to.data(), connected ? 0 : to.size());
    if (done < 0) wait_for(fd_, POLLOUT);
    return done < 0 ? 0 : 1;
  }

 private:
  const int fd_;
  const traffic& what_;
  const std::vector<dgram::endpoint>& to_;
  const std::string bytes_;
};

/// Sends 64 datagrams per call.
class mmsg_sender {
 public:
  mmsg_sender(int fd, const traffic& what, const std::vector<dgram::endpoint>& to)
      : fd_(fd), what_(what), to_(to), bytes_(largest_datagram, 'x') {}

  std::size_t send(std::size_t room, std::uint64_t sent) {
    const auto count = std::min(room, call_size);
    for (std::size_t i = 0; i < count; ++i) {
      parts_[i] = {bytes_.data(), what_.sizes[(sent + i) % what_.sizes.size()]};
      auto& header = messages_[i].msg_hdr;
      header = {};
      if (what_.family != dgram::family::unix_dgram) {
        const auto& to = to_[(sent + i) % to_.size()];
        header.msg_name = const_cast<::sockaddr*>(to.data());
        header.msg_namelen = to.size();
      }
      header.msg_iov = &parts_[i];
      header.msg_iovlen = 1;
    }
    if (count == 0) return 0;
    const int done = ::sendmmsg(fd_, messages_.data(), static_cast<unsigned>(count), 0);
    if (done < 0) wait_for(fd_, POLLOUT);
    return done < 0 ? 0 : static_cast<std::size_t>(done);
  }

 private:
  const int fd_;
  const traffic& what_;
  const std::vector<dgram::endpoint>& to_;
  std::string bytes_;
  std::array<::mmsghdr, call_size> messages_{};
  std::array<::iovec, call_size> parts_{};
};

/// Sends up to 64 segments per call, to the first destination.
class segment_sender {
 public:
  segment_sender(int fd, const traffic& what, const std::vector<dgram::endpoint>& to)
      : fd_(fd), size_(what.sizes.front()), to_(to.front()), bytes_(call_size * size_, 'x') {}

  std::size_t send(std::size_t room, std::uint64_t) {
    const auto count = std::min({room, call_size, dgram::max_payload(dgram::family::udp4) / size_});
    if (count == 0) return 0;
    ::iovec part{bytes_.data(), count * size_};
    alignas(::cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
    ::msghdr message{};
    message.msg_name = const_cast<::sockaddr*>(to_.data());
    message.msg_namelen = to_.size();
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    const auto segment = static_cast<std::uint16_t>(size_);
    std::memcpy(CMSG_DATA(header), &segment, sizeof(segment));
    if (::sendmsg(fd_, &message, 0) < 0) {
      wait_for(fd_, POLLOUT);
      return 0;
    }
    return count;
  }

 private:
  const int fd_;
  const std::size_t size_;
  const dgram::endpoint to_;
  std::string bytes_;
};

/// Reads up to 64 datagrams with their senders per call; `receive` returns their number.
class mmsg_receiver {
 public:
  explicit mmsg_receiver(std::size_t room) : room_(room), memory_(call_size * room) {
    for (std::size_t i = 0; i < call_size; ++i) {
      parts_[i] = {&memory_[i * room_], room_};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
      messages_[i].msg_hdr.msg_name = &senders_[i];
    }
  }

  std::size_t receive(int fd) {
    for (auto& each : messages_) each.msg_hdr.msg_namelen = sizeof(senders_[0]);
    const int got = ::recvmmsg(fd, messages_.data(), call_size, 0, nullptr);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }

 private:
  const std::size_t room_;
  std::vector<char> memory_;
  std::array<::mmsghdr, call_size> messages_{};
  std::array<::iovec, call_size> parts_{};
  std::array<::sockaddr_storage, call_size> senders_{};
};

class plain_receiver {
 public:
  explicit plain_receiver(std::size_t room) : memory_(room) {}
  std::size_t receive(int fd) {
    std::size_t got = 0;
    ::sockaddr_storage sender{};
    ::socklen_t length = sizeof(sender);
    while (got < call_size && ::recvfrom(fd, memory_.data(), memory_.size(), 0,
                                         reinterpret_cast<::sockaddr*>(&sender), &length) >= 0) {
      ++got;
    }
    return got;
  }

 private:
  std::vector<char> memory_;
};

/// Reads up to 16 buffers with up to 64 KiB of merged datagrams each per call.
class merged_receiver {
 public:
  explicit merged_receiver(std::size_t) : memory_(buffers * largest_datagram) {}

  std::size_t receive(int fd) {
    for (std::size_t i = 0; i < buffers; ++i) {
      parts_[i] = {&memory_[i * largest_datagram], largest_datagram};
      auto& header = messages_[i].msg_hdr;
      header = {};
      header.msg_name = &senders_[i];
      header.msg_namelen = sizeof(senders_[i]);
      header.msg_iov = &parts_[i];
      header.msg_iovlen = 1;
      header.msg_control = controls_[i].bytes.data();
      header.msg_controllen = controls_[i].bytes.size();
    }
    const int got = ::recvmmsg(fd, messages_.data(), buffers, 0, nullptr);
    std::size_t count = 0;
    for (int i = 0; i < got; ++i) count += datagrams_in(messages_[static_cast<std::size_t>(i)]);
    return count;
  }

 private:
  static constexpr std::size_t buffers = 16;

  struct control {
    alignas(::cmsghdr) std::array<char, 64> bytes;
  };

  static std::size_t datagrams_in(::mmsghdr& message) {
    const auto* header = CMSG_FIRSTHDR(&message.msg_hdr);
    if (header == nullptr || header->cmsg_type != UDP_GRO) return 1;
    int segment = 0;
    std::memcpy(&segment, CMSG_DATA(header), sizeof(segment));
    return (message.msg_len + static_cast<unsigned>(segment) - 1) / static_cast<unsigned>(segment);
  }

  std::vector<char> memory_;
  std::array<::mmsghdr, buffers> messages_{};
  std::array<::iovec, buffers> parts_{};
  std::array<::sockaddr_storage, buffers> senders_{};
  std::array<control, buffers> controls_{};
};

/// A sending and a receiving thread.
template <class Sender, class Receiver>
class raw_stream final : public stream {
 public:
  explicit raw_stream(const traffic& what, bool merged)
      : what_(what), ends_(what), flow_(what), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    receivers_ = ends_.take_receivers();
    for (const int fd : receivers_) {
      const int on = 1;
      if (merged) ::setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on));
      ::epoll_event event{EPOLLIN, {}};
      event.data.fd = fd;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }
    threads_.emplace_back([this] { receive(); });
    threads_.emplace_back([this] { send(); });
  }

  ~raw_stream() override {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
    for (const int fd : receivers_) ::close(fd);
    ::close(epoll_);
  }

  std::uint64_t delivered() const override { return flow_.delivered(); }

 private:
  void send() {
    const int fd = ends_.take_sender();
    Sender sender(fd, what_, ends_.destinations());
    std::uint64_t sent = 0;
    while (!stop_) {
      sent += sender.send(flow_.await_room(sent), sent);
    }
    ::close(fd);
  }

  void receive() {
    Receiver receiver(*std::max_element(what_.sizes.begin(), what_.sizes.end()) + 1);
    std::array<::epoll_event, 64> ready{};
    while (!stop_) {
      const int count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 100);
      for (int i = 0; i < count; ++i) {
        const int fd = ready[static_cast<std::size_t>(i)].data.fd;
        flow_.add_delivered(receiver.receive(fd));
      }
    }
  }

  const traffic what_;
  endpoints ends_;
  flow flow_;
  const int epoll_;
  std::vector<int> receivers_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

/// An echo thread on the first CPU. The client runs on another one, as it would on another
/// machine.
class raw_echo final : public echo_server {
 public:
  explicit raw_echo(std::size_t sockets) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    traffic what;
    what.receivers = sockets;
    endpoints ends(what);
    addresses_ = ends.destinations();
    sockets_ = ends.take_receivers();
    for (const int fd : sockets_) {
      ::epoll_event event{EPOLLIN, {}};
      event.data.fd = fd;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }
    opened_in_ = watch_.seconds();
    thread_ = std::thread([this] { run(); });
  }

  ~raw_echo() override {
    close_all();
    ::close(epoll_);
  }

  double opened_in() const override { return opened_in_; }

  std::optional<double> close_all() override {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    const stopwatch watch;
    for (const int fd : std::exchange(sockets_, {})) ::close(fd);
    return watch.seconds();
  }

  std::vector<dgram::endpoint> addresses() const override { return addresses_; }

 private:
  void run() {
    ::cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    ::sched_setaffinity(0, sizeof(first), &first);
    std::vector<char> memory(largest_datagram);
    std::array<::epoll_event, 64> ready{};
    while (!stop_) {
      const int count = sockets_.size() == 1 ? poll_one(ready[0])
                                             : ::epoll_wait(epoll_, ready.data(),
                                                            static_cast<int>(ready.size()), 100);
      for (int i = 0; i < count; ++i) echo(ready[static_cast<std::size_t>(i)].data.fd, memory);
    }
  }

  int poll_one(::epoll_event& event) {
    ::pollfd entry{sockets_.front(), POLLIN, 0};
    event.data.fd = entry.fd;
    return ::poll(&entry, 1, 100);
  }

  static void echo(int fd, std::vector<char>& memory) {
    ::sockaddr_storage sender{};
    ::socklen_t length = sizeof(sender);
    auto* address = reinterpret_cast<::sockaddr*>(&sender);
    const auto got = ::recvfrom(fd, memory.data(), memory.size(), 0, address, &length);
    if (got >= 0) ::sendto(fd, memory.data(), static_cast<std::size_t>(got), 0, address, length);
  }

  const int epoll_;
  std::vector<int> sockets_;
  stopwatch watch_;
  double opened_in_ = 0;
  std::vector<dgram::endpoint> addresses_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

class raw final : public contender {
 public:
  explicit raw(technique how) : how_(how) {}

  std::unique_ptr<stream> start(const traffic& what) override {
    switch (how_) {
      case technique::poll:
        return std::make_unique<raw_stream<plain_sender, plain_receiver>>(what, false);
      case technique::mmsg:
        return std::make_unique<raw_stream<mmsg_sender, mmsg_receiver>>(what, false);
      case technique::offload:
        if (what.sizes.size() > 1 || (what.receivers > 1 && !what.multicast) ||
            !dgram::is_udp(what.family))
          return nullptr;
        return std::make_unique<raw_stream<segment_sender, merged_receiver>>(what, true);
    }
    return nullptr;
  }

  std::unique_ptr<echo_server> serve(std::size_t sockets) override {
    return std::make_unique<raw_echo>(sockets);
  }

 private:
  const technique how_;
};

}  // namespace

std::unique_ptr<contender> make_raw_poll() { return std::make_unique<raw>(technique::poll); }
std::unique_ptr<contender> make_raw_mmsg() { return std::make_unique<raw>(technique::mmsg); }
std::unique_ptr<contender> make_raw_offload() { return std::make_unique<raw>(technique::offload); }

}  // namespace bench
