// Round trips of one datagram in flight over loopback: a plain poll loop against
// socket actors whose user actors run on CAF's scheduler, interleaved.
//
//   ./bazelw run -c opt //bench:echo -- --rounds=20 --trips=2000 --size=64

#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "actors/runtime.h"
#include "dgram/socket.h"

ABSL_FLAG(int, rounds, 20, "rounds, each of which runs every contender once");
ABSL_FLAG(int, trips, 2000, "round trips of a contender in a round");
ABSL_FLAG(int, size, 64, "payload in bytes");

namespace {

using clock_type = std::chrono::steady_clock;
using microseconds = std::chrono::duration<double, std::micro>;

dgram::socket bound_socket() {
  auto sock = dgram::socket::open(dgram::family::udp4);
  if (!sock.ok() || !sock->bind(dgram::endpoint::loopback(dgram::family::udp4, 0)).ok()) {
    throw std::runtime_error("cannot open a socket on loopback");
  }
  return *std::move(sock);
}

bool await_readable(const dgram::socket& sock, int timeout_ms) {
  ::pollfd entry{sock.descriptor(), POLLIN, 0};
  return ::poll(&entry, 1, timeout_ms) == 1;
}

/// The plain poll loop: waits, reads, sends back.
class raw_server {
 public:
  raw_server() : thread_([this] { run(); }) {}
  ~raw_server() {
    stop_ = true;
    thread_.join();
  }
  dgram::endpoint where() const { return where_; }

 private:
  void run() {
    std::array<char, 65'536> buffer{};
    while (!stop_) {
      if (!await_readable(sock_, 100)) continue;
      const auto got = sock_.receive(absl::MakeSpan(buffer));
      if (got.error != 0) continue;
      sock_.send({dgram::payload::view_of(nullptr, {buffer.data(), got.stored})}, &got.sender);
    }
  }

  dgram::socket sock_ = bound_socket();
  const dgram::endpoint where_ = *sock_.local_endpoint();
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

caf::behavior echo(caf::event_based_actor* self) {
  self->set_default_handler(caf::drop);
  return {[self](const dgram::message_event& event) {
    self->send(caf::actor_cast<dgram::socket_actor>(self->current_sender()),
               dgram::send{event.data, event.sender});
  }};
}

/// One round trip after the other with a plain socket; their times.
std::vector<microseconds> raw_trips(const dgram::endpoint& server, int trips) {
  auto sock = bound_socket();
  const dgram::payload ping(std::string(static_cast<std::size_t>(absl::GetFlag(FLAGS_size)), 'x'));
  std::array<char, 65'536> buffer{};
  std::vector<microseconds> times;
  while (times.size() < static_cast<std::size_t>(trips)) {
    const auto start = clock_type::now();
    sock.send({ping}, &server);
    if (!await_readable(sock, 1000)) throw std::runtime_error("a datagram was lost");
    sock.receive(absl::MakeSpan(buffer));
    times.push_back(clock_type::now() - start);
  }
  return times;
}

using result_message = std::vector<double>;

/// The same with a socket actor, from a user actor; tells `owner` the times.
caf::behavior actor_trips(caf::event_based_actor* self, dgram::endpoint server, int trips,
                          caf::actor owner) {
  self->set_default_handler(caf::drop);
  struct progress {
    clock_type::time_point start;
    result_message times;
  };
  auto state = std::make_shared<progress>();
  const dgram::payload ping(std::string(static_cast<std::size_t>(absl::GetFlag(FLAGS_size)), 'x'));
  const auto next = [self, state, server, ping](const dgram::socket_actor& sock) {
    state->start = clock_type::now();
    self->send(sock, dgram::send{ping, server});
  };
  return {
      [next](const dgram::socket_actor& sock) { next(sock); },
      [self, state, next, trips, owner](const dgram::message_event&) {
        state->times.push_back(microseconds(clock_type::now() - state->start).count());
        if (state->times.size() == static_cast<std::size_t>(trips)) {
          self->send(owner, std::move(state->times));
          return self->quit();
        }
        next(caf::actor_cast<dgram::socket_actor>(self->current_sender()));
      },
  };
}

double percentile(std::vector<microseconds>& times, double p) {
  const auto at = static_cast<std::size_t>(p * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(at), times.end());
  return times[at].count();
}

struct contender {
  std::string name;
  std::function<std::vector<microseconds>()> run;
  std::vector<microseconds> p50;
  std::vector<microseconds> p99;
};

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const int trips = absl::GetFlag(FLAGS_trips);
  caf::actor_system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};
  const raw_server raw;
  const auto server = *net.open(dgram::family::udp4, system.spawn(echo));
  dgram::endpoint where;
  self->request(server, caf::infinite,
                dgram::bind{dgram::endpoint::loopback(dgram::family::udp4, 0)})
      .receive([&](const dgram::endpoint& local) { where = local; },
               [](const caf::error& why) { throw std::runtime_error(dgram::describe(why)); });

  std::vector<contender> contenders;
  contenders.push_back({"poll loop", [&] { return raw_trips(raw.where(), trips); }, {}, {}});
  contenders.push_back({"actor server", [&] { return raw_trips(where, trips); }, {}, {}});
  contenders.push_back({"actor server and client",
                        [&] {
                          const auto user =
                              system.spawn(actor_trips, where, trips, caf::actor(self));
                          const auto sock = *net.open(dgram::family::udp4, user);
                          caf::anon_send(user, sock);
                          std::vector<microseconds> times;
                          self->receive([&](const result_message& all) {
                            for (const double time : all) times.emplace_back(time);
                          });
                          self->send(sock, dgram::close{});
                          return times;
                        },
                        {},
                        {}});
  for (int round = 0; round < absl::GetFlag(FLAGS_rounds); ++round) {
    for (auto& one : contenders) {
      auto times = one.run();
      one.p50.emplace_back(percentile(times, 0.5));
      one.p99.emplace_back(percentile(times, 0.99));
    }
    std::fprintf(stderr, "\rround %d of %d", round + 1, absl::GetFlag(FLAGS_rounds));
  }
  std::printf("\n%-24s %10s %10s %14s %14s\n", "echo, medians in us", "p50", "p99",
              "p50 / poll loop", "p99 / poll loop");
  const double base_p50 = percentile(contenders[0].p50, 0.5);
  const double base_p99 = percentile(contenders[0].p99, 0.5);
  for (auto& one : contenders) {
    const double p50 = percentile(one.p50, 0.5);
    const double p99 = percentile(one.p99, 0.5);
    std::printf("%-24s %10.1f %10.1f %15.2f %15.2f\n", one.name.c_str(), p50, p99, p50 / base_p50,
                p99 / base_p99);
  }
  net.shutdown();
  return 0;
}
