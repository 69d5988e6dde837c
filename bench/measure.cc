#include "bench/measure.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace bench {
namespace {

using clock_type = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

double seconds_since(clock_type::time_point start) {
  return seconds(clock_type::now() - start).count();
}

/// CPU seconds that a process has used, over all threads.
double cpu_seconds(::pid_t process) {
  ::clockid_t clock{};
  ::timespec now{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &now) != 0) {
    throw std::runtime_error("clock_getcpuclockid");
  }
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// A process's anonymous resident memory, in bytes.
double resident_bytes(::pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  double size = 0;
  double resident = 0;
  double shared = 0;
  file >> size >> resident >> shared;
  return (resident - shared) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// The memory in use before the contender started; 0 if it runs in a process of its own.
double base_memory(::pid_t process, double before) { return process == ::getpid() ? before : 0; }

struct window_of_time {
  double rate = 0;
  double cpu_per_million = 0;
};

window_of_time observe(const stream& running, double duration) {
  std::this_thread::sleep_for(seconds(duration / 4));
  const auto before = running.delivered();
  const auto cpu = cpu_seconds(running.process());
  const auto start = clock_type::now();
  std::this_thread::sleep_for(seconds(duration));
  const auto count = static_cast<double>(running.delivered() - before);
  const auto elapsed = seconds_since(start);
  if (count == 0) throw std::runtime_error("nothing was delivered");
  return {count / elapsed, (cpu_seconds(running.process()) - cpu) / count * 1e6};
}

/// A plain C++ client on the second CPU.
class echo_client {
 public:
  echo_client() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const auto local = dgram::endpoint::loopback(dgram::family::udp4, 0);
    const int buffer = 4 << 20;
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
    if (::bind(fd_, local.data(), local.size()) != 0) throw std::runtime_error("bind");
    ::cpu_set_t second;
    CPU_ZERO(&second);
    CPU_SET(std::thread::hardware_concurrency() > 1 ? 1 : 0, &second);
    ::sched_setaffinity(0, sizeof(second), &second);
  }
  ~echo_client() { ::close(fd_); }
  echo_client(const echo_client&) = delete;
  echo_client& operator=(const echo_client&) = delete;

  void send(const dgram::endpoint& to) const {
    // The payload carries the send time, which the echo returns.
    const auto now = clock_type::now().time_since_epoch().count();
    std::array<char, 64> bytes{};
    std::copy_n(reinterpret_cast<const char*>(&now), sizeof(now), bytes.begin());
    if (::sendto(fd_, bytes.data(), bytes.size(), 0, to.data(), to.size()) < 0) {
      throw std::runtime_error("sendto");
    }
  }

  /// Waits for an echo; returns the round-trip time in microseconds.
  double receive() {
    ::pollfd entry{fd_, POLLIN, 0};
    std::array<char, 64> bytes{};
    while (::recv(fd_, bytes.data(), bytes.size(), 0) < 0) {
      if (::poll(&entry, 1, 2000) != 1) throw std::runtime_error("an echo was lost");
    }
    clock_type::rep then = 0;
    std::copy_n(bytes.begin(), sizeof(then), reinterpret_cast<char*>(&then));
    const auto took = clock_type::now().time_since_epoch() - clock_type::duration(then);
    return std::chrono::duration<double, std::micro>(took).count();
  }

 private:
  const int fd_;
};

double percentile(std::vector<double>& sorted, double p) {
  return sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1))];
}

std::vector<figure> percentiles_of(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return {{"p50", "us", percentile(times, 0.5)},
          {"p99", "us", percentile(times, 0.99)},
          {"p99.9", "us", percentile(times, 0.999)}};
}

/// Measures round-trip times; the client has its own thread.
std::vector<double> round_trips(const std::vector<dgram::endpoint>& to, std::size_t in_flight,
                                int count) {
  std::vector<double> times;
  std::exception_ptr failed;
  std::thread([&] {
    try {
      echo_client client;
      std::size_t sent = 0;
      const auto send = [&] { client.send(to[sent++ % to.size()]); };
      for (std::size_t i = 0; i < in_flight; ++i) send();
      const auto warm_up = static_cast<std::size_t>(count) / 10;
      const auto total = warm_up + static_cast<std::size_t>(count);
      for (std::size_t i = 0; i < total; ++i) {
        const auto took = client.receive();
        if (i >= warm_up) times.push_back(took);
        if (i + in_flight < total) send();
      }
    } catch (...) {
      failed = std::current_exception();
    }
  }).join();
  if (failed) std::rethrow_exception(failed);
  return times;
}

}  // namespace

std::vector<figure> measure_stream(contender& who, const traffic& what, const effort& how) {
  const auto running = who.start(what);
  if (!running) return {};
  const auto seen = observe(*running, how.seconds);
  return {{"", "datagrams/s", seen.rate},
          {"cpu", "CPU seconds per million datagrams", seen.cpu_per_million}};
}

std::vector<figure> measure_overload(contender& who, const traffic& what, const effort& how) {
  const auto before = resident_bytes(::getpid());
  const auto running = who.start(what);
  if (!running) return {};
  const auto seen = observe(*running, how.seconds);
  return {
      {"", "datagrams/s", seen.rate},
      {"memory", "MiB of growth",
       (resident_bytes(running->process()) - base_memory(running->process(), before)) / (1 << 20)}};
}

std::vector<figure> measure_echo(contender& who, std::size_t in_flight, const effort& how) {
  const auto server = who.serve(1);
  if (!server) return {};
  return percentiles_of(round_trips(server->addresses(), in_flight, how.round_trips));
}

std::vector<figure> measure_round_trips(contender& who, const effort& how) {
  const int warm_up = how.round_trips / 10;
  auto times = who.round_trips(warm_up + how.round_trips);
  if (times.empty()) return {};
  times.erase(times.begin(), times.begin() + warm_up);
  return percentiles_of(std::move(times));
}

std::vector<figure> measure_sockets(contender& who, std::size_t sockets, const effort& how) {
  const auto before = resident_bytes(::getpid());
  const auto server = who.serve(sockets);
  if (!server) return {};
  const auto opened = static_cast<double>(sockets) / server->opened_in();
  const auto memory = (resident_bytes(server->process()) - base_memory(server->process(), before)) /
                      static_cast<double>(sockets);
  const auto began = clock_type::now();
  const auto trips = how.round_trips;
  round_trips(server->addresses(), 64, trips);
  std::vector<figure> result{{"opened", "sockets/s", opened},
                             {"memory", "bytes a socket", memory},
                             {"echo", "round trips/s", trips / seconds_since(began)}};
  if (const auto closed_in = server->close_all()) {
    result.push_back({"closed", "sockets/s", static_cast<double>(sockets) / *closed_in});
  }
  return result;
}

}  // namespace bench
