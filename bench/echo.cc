// Round trips of one datagram in flight over loopback: a plain poll loop against
// socket actors whose user actors run on CAF's scheduler, interleaved.
//
//   ./bazelw run -c opt //bench:echo -- --rounds=20 --trips=2000 --size=64
//
// The client stays on one CPU. The poll loop is measured on another one, as a
// peer across a network would be, and on the same, where the kernel need not
// wake an idle CPU. CAF's schedulers wait differently: "sharing" on a condition
// variable, "stealing" (the default) by polling with pauses of 50 us.

#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
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

constexpr int client_cpu = 1;
constexpr int other_cpu = 0;

/// Keeps the calling thread on one CPU.
void stay_on(int cpu) {
  ::cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  ::sched_setaffinity(0, sizeof(set), &set);
}

/// The plain poll loop: waits, reads, sends back.
class raw_server {
 public:
  explicit raw_server(int cpu) : thread_([this, cpu] { run(cpu); }) {}
  ~raw_server() {
    stop_ = true;
    thread_.join();
  }
  dgram::endpoint where() const { return where_; }

 private:
  void run(int cpu) {
    stay_on(cpu);
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
    times.emplace_back(clock_type::now() - start);
  }
  return times;
}

using result_message = std::vector<double>;

/// The same with a socket actor, from a user actor; tells `owner` the times.
caf::behavior actor_trips(caf::event_based_actor* self, dgram::endpoint server, int trips,
                          const caf::actor& owner) {
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

enum class client_kind { plain, actor };

/// Round trips to an actor server, in an actor system of their own. Its threads
/// run wherever the kernel puts them.
std::vector<microseconds> trips_to_actor(const std::string& policy, client_kind client, int trips) {
  std::vector<microseconds> times;
  std::thread([&] {
    caf::actor_system_config config;
    config.set("scheduler.policy", caf::atom_from_string(policy));
    caf::actor_system system{config};
    dgram::runtime net{system};
    caf::scoped_actor self{system};
    const auto server = *net.open(dgram::family::udp4, system.spawn(echo));
    dgram::endpoint where;
    self->request(server, caf::infinite,
                  dgram::bind{dgram::endpoint::loopback(dgram::family::udp4, 0)})
        .receive([&](const dgram::endpoint& local) { where = local; },
                 [](const caf::error& why) { throw std::runtime_error(dgram::describe(why)); });
    if (client == client_kind::plain) {
      stay_on(client_cpu);
      times = raw_trips(where, trips);
    } else {
      const auto user = system.spawn(actor_trips, where, trips, caf::actor(self));
      caf::anon_send(user, *net.open(dgram::family::udp4, user));
      self->receive([&](const result_message& all) {
        for (const double time : all) times.emplace_back(time);
      });
    }
    net.shutdown();
  }).join();
  return times;
}

std::vector<microseconds> trips_to_poll_loop(int cpu, int trips) {
  const raw_server server(cpu);
  std::vector<microseconds> times;
  std::thread([&] {
    stay_on(client_cpu);
    times = raw_trips(server.where(), trips);
  }).join();
  return times;
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
  std::vector<contender> contenders;
  const auto add = [&](std::string name, std::function<std::vector<microseconds>()> run) {
    contenders.push_back({std::move(name), std::move(run), {}, {}});
  };
  add("poll loop, other CPU", [=] { return trips_to_poll_loop(other_cpu, trips); });
  add("poll loop, same CPU", [=] { return trips_to_poll_loop(client_cpu, trips); });
  for (const std::string policy : {"sharing", "stealing"}) {
    add(policy + ", actor server",
        [=] { return trips_to_actor(policy, client_kind::plain, trips); });
    add(policy + ", both actors",
        [=] { return trips_to_actor(policy, client_kind::actor, trips); });
  }
  for (int round = 0; round < absl::GetFlag(FLAGS_rounds); ++round) {
    for (auto& one : contenders) {
      auto times = one.run();
      one.p50.emplace_back(percentile(times, 0.5));
      one.p99.emplace_back(percentile(times, 0.99));
    }
    std::fprintf(stderr, "\rround %d of %d", round + 1, absl::GetFlag(FLAGS_rounds));
  }
  std::printf("\n%-24s %9s %9s %22s %22s\n", "echo, medians in us", "p50", "p99",
              "p50 / loop, other CPU", "p50 / loop, same CPU");
  std::vector<double> p50;
  p50.reserve(contenders.size());
  for (auto& one : contenders) p50.push_back(percentile(one.p50, 0.5));
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    std::printf("%-24s %9.1f %9.1f %22.2f %22.2f\n", contenders[i].name.c_str(), p50[i],
                percentile(contenders[i].p99, 0.5), p50[i] / p50[0], p50[i] / p50[1]);
  }
  return 0;
}
