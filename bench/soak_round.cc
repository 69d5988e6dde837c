#include "bench/soak_round.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bench/soak_actors.h"
#include "bench/soak_kernel.h"
#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/segmentation.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "caf_dgram/dgram/posix/transmit.h"
#include "tests/support/networked.h"

namespace dgram::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Longer than any healthy operation takes.
constexpr std::chrono::seconds patience{60};

struct subscriber_of {
  caf::actor who;
  caf::scoped_actor* near = nullptr;  ///< On its node.
  std::shared_ptr<tally> counts = std::make_shared<tally>();
  subscribe terms;
  bool alive = true;
};

/// A socket that receives.
struct target {
  socket_actor sock;
  socket_actor from_elsewhere;  ///< The handle that the other node has; null if none.
  endpoint at;
  bool is_group = false;
  bool merges = false;
  std::shared_ptr<intake> sent = std::make_shared<intake>();
  std::vector<subscriber_of> subscribers;
  bool alive = true;
};

struct sender {
  socket_actor sock;
  caf::actor driver;
  std::unique_ptr<soak_kernel> kernel;
  bool is_group = false;
  bool alive = true;
};

/// Sends as fast as it can, bypassing all actors.
class flood {
 public:
  flood(const target& to, std::uint64_t seed) : thread_([=] { run(to.at, to.sent, seed); }) {}
  flood(const flood&) = delete;
  flood& operator=(const flood&) = delete;
  ~flood() {
    stop_ = true;
    thread_.join();
  }

 private:
  void run(const endpoint& to, const std::shared_ptr<intake>& counts, std::uint64_t seed) {
    const soak_kernel counting(counts, seed);
    auto sock = socket::open(to.family(), counting);
    if (!sock.ok()) return;
    const segmentation offload(true);
    const std::string bytes(std::size_t{32} * 1200, 'f');
    while (!stop_) {
      transmit_plan plan(to.family(), offload);
      plan.add_run(bytes, 1200, &to);
      sock->send(plan.transmits());
    }
  }

  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// A Unix socket that nobody reads, so that it is full most of the time. At the end it is read,
/// for its senders wait to get rid of what they accepted.
class stuck_peer {
 public:
  explicit stuck_peer(const endpoint& at) {
    if (!sock_.bind(at).ok()) std::abort();
  }
  stuck_peer(const stuck_peer&) = delete;
  stuck_peer& operator=(const stuck_peer&) = delete;
  ~stuck_peer() {
    stop_ = true;
    if (reader_.joinable()) reader_.join();
  }

  void read_from_now_on() {
    reader_ = std::thread([this] {
      std::vector<char> buffer(1);
      while (!stop_) {
        if (sock_.receive(absl::MakeSpan(buffer)).error != 0) {
          std::this_thread::sleep_for(milliseconds(1));
        }
      }
    });
  }

 private:
  socket sock_ = *socket::open(family::unix_dgram);
  std::atomic<bool> stop_{false};
  std::thread reader_;
};

class soak_world {
 public:
  soak_world(const soak_place& where, std::mt19937_64& random, soak_report& report)
      : system_(where.system),
        net_(where.net),
        random_(random),
        report_(report),
        self_(where.system),
        elsewhere_(where.elsewhere) {}

  void run(milliseconds duration) {
    for (int i = 0; i < 6; ++i) open_target(i);
    for (int i = 0; i < 10; ++i) open_sender();
    {
      std::optional<flood> load;
      if (auto& most_loaded = any(targets_); is_udp(most_loaded.at.family())) {
        load.emplace(most_loaded, random_());
      }
      const auto end = steady_clock::now() + duration;
      while (steady_clock::now() < end) {
        disturb();
        std::this_thread::sleep_for(milliseconds(2));
      }
    }
    for (auto& each : targets_) {
      for (auto& one : each.subscribers) one.counts->hurry = true;
    }
    stuck_.read_from_now_on();
    stop_senders();
    for (auto& each : targets_) settle(each);
    close_all();
  }

 private:
  // -- chance -----------------------------------------------------------------

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool once_in(std::uint64_t times) { return below(times) == 0; }

  template <class Value>
  Value& any(std::vector<Value>& list) {
    return list[below(list.size())];
  }

  // -- asking -----------------------------------------------------------------

  void fail(std::string what) {
    std::fprintf(stderr, "\nsoak: %s\n", what.c_str());
    report_.failures.push_back(std::move(what));
  }

  template <class Result, class Command>
  std::optional<Result> ask(const socket_actor& sock, Command command) {
    std::optional<Result> result;
    send_request(self_, sock, caf::infinite, std::move(command))
        .receive([&](Result& value) { result = std::move(value); }, [](const caf::error&) {});
    return result;
  }

  template <class Command>
  void tell(const socket_actor& sock, Command command) {
    tell(sock, std::move(command), self_);
  }

  template <class Command>
  void tell(const socket_actor& sock, Command command, caf::scoped_actor& from) {
    send_request(from, sock, caf::infinite, std::move(command))
        .receive([] {}, [](const caf::error&) {});
    ++report_.commands;
  }

  // -- building ---------------------------------------------------------------

  void open_target(int number) {
    constexpr std::array families{family::udp4, family::udp6, family::unix_dgram};
    target made;
    const auto f = number < 3 ? families.at(static_cast<std::size_t>(number))
                              : families.at(below(families.size()));
    open_options options;
    made.merges = options.receive_offload = is_udp(f) && once_in(2);
    options.receive_memory = std::size_t{64} << (10 + below(6));
    options.local = is_udp(f) ? address(endpoint::loopback(f, 0)) : address::path(next_path());
    // So little that some subscribers on the other node reach it.
    options.remote_unacknowledged = std::size_t{8} << (10 + below(6));
    made.is_group = is_udp(f) && once_in(3);
    auto opened = made.is_group ? net_.open_group(f, options) : net_.open(f, options);
    if (!opened) return fail("no socket: " + describe(opened.error()));
    made.sock = *opened;
    if (once_in(2)) publish(made);
    for (auto left = 1 + below(3); left > 0; --left) add_subscriber(made);
    const auto at = ask<endpoint>(made.sock, get_local_address{});
    if (!at) return fail("not bound");
    made.at = made.sent->at = *at;
    targets_.push_back(std::move(made));
  }

  void publish(target& which) {
    which.from_elsewhere = testing::look_up(elsewhere_->system(), "127.0.0.1",
                                            testing::publish_on_free_port(system_, which.sock));
  }

  /// An abstract name, which leaves no file behind.
  static std::string next_path() {
    static std::uint64_t paths = 0;
    return std::string(1, '\0') + absl::StrCat("caf-dgram-soak-", ::getpid(), "-", ++paths);
  }

  void add_subscriber(target& to) {
    subscriber_of made;
    auto& terms = made.terms;
    terms.datagrams = once_in(2) ? delivery::single : delivery::batched;
    // The members of a group do not share credits.
    if (!to.is_group) {
      terms.beyond = static_cast<excess>(below(3));
      terms.backlog = static_cast<std::int64_t>(below(500));
      terms.credits = once_in(2) ? subscribe::unlimited : static_cast<std::int64_t>(below(200));
    }
    terms.events = event_kinds::all;
    const bool is_remote = to.from_elsewhere && once_in(2);
    made.near = is_remote ? &elsewhere_ : &self_;
    if (!is_remote && once_in(2)) {
      made.who = spawn_on_loop(to, soak_subscriber, made.counts, false, terms.credits);
    } else {
      made.who = (*made.near)->spawn(soak_subscriber, made.counts, once_in(3), terms.credits);
    }
    terms.subscriber = made.who;
    tell(is_remote ? to.from_elsewhere : to.sock, terms, *made.near);
    to.subscribers.push_back(std::move(made));
  }

  /// Beside a socket half of the time; a group lives on no loop.
  template <class Owner, class Function, class... Arguments>
  caf::actor spawn_on_loop(const Owner& near, Function what, Arguments... arguments) {
    const auto where = near.is_group || once_in(2) ? placement() : placement::beside(near.sock);
    return *net_.spawn_at(where, what, arguments...);
  }

  void open_sender() {
    auto& to = any(targets_);
    sender made;
    made.kernel = std::make_unique<soak_kernel>(to.sent, random_());
    open_options options;
    options.send_limits = send_queue_limits{1 + below(2000), 1 + below(1 << 20)};
    use_kernel(net_, *made.kernel);
    made.is_group = is_udp(to.at.family()) && once_in(4);
    auto opened = made.is_group ? net_.open_group(to.at.family(), options)
                                : net_.open(to.at.family(), options);
    use_kernel(net_, syscalls::system());
    if (!opened) return fail("no socket: " + describe(opened.error()));
    made.sock = *opened;
    const soak_destinations where{to.at, stuck_at_};
    made.driver = once_in(2) ? spawn_on_loop(made, soak_sender, made.sock, where, stop_, random_())
                             : system_.spawn(soak_sender, made.sock, where, stop_, random_());
    senders_.push_back(std::move(made));
  }

  // -- disturbing -------------------------------------------------------------

  void disturb() {
    auto& to = any(targets_);
    switch (below(12)) {
      case 0:
        return kill_subscriber(to);
      case 1:
        return once_in(20)
                   ? kill_target(to)
                   : tell(to.sock, set_option{option::receive_buffer_size, 1 + below(1 << 20)});
      case 2:
        return once_in(4) ? kill_sender(any(senders_))
                          : tell(to.sock, set_ttl{1 + static_cast<std::int64_t>(below(255))});
      case 3:
        return without_descriptors();
      case 4:
        return tell(to.sock, set_ttl{0});
      case 5:
        return tell(to.sock, grant{any(to.subscribers).who, static_cast<std::int64_t>(below(5))});
      case 6:
        tell(to.sock, subscribe{nullptr});
        ask<endpoint>(to.sock, bind{-1});
        return;
      case 7:
        // Only briefly, so that the checked sums still hold.
        return come_and_go(to);
      case 8:
        dgram::tell(self_, any(senders_).sock, dgram::send{"nowhere", "", 0});
        return;
      default:
        ask<statistics>(to.sock, get_statistics{});
        ++report_.commands;
    }
  }

  void come_and_go(target& to) {
    target passing;
    passing.sock = to.sock;
    passing.is_group = to.is_group;
    add_subscriber(passing);
    if (once_in(2)) tell(to.sock, unsubscribe{passing.subscribers[0].who});
    self_->send_exit(passing.subscribers[0].who, caf::exit_reason::kill);
  }

  void kill_subscriber(target& of) {
    auto& victim = any(of.subscribers);
    if (!once_in(10) || !std::exchange(victim.alive, false)) return;
    (*victim.near)->send_exit(victim.who, caf::exit_reason::kill);
    ++report_.kills;
  }

  void kill_target(target& victim) {
    if (!std::exchange(victim.alive, false)) return;
    self_->send_exit(victim.sock, caf::exit_reason::kill);
    ++report_.kills;
  }

  void kill_sender(sender& victim) {
    if (!std::exchange(victim.alive, false)) return;
    self_->send_exit(victim.sock, caf::exit_reason::kill);
    ++report_.kills;
    open_sender();
  }

  void without_descriptors() {
    if (!once_in(10)) return;
    ::rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const ::rlimit none{0, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
    if (net_.open(family::udp4)) fail("a socket was opened without descriptors");
    ::setrlimit(RLIMIT_NOFILE, &before);
    ++report_.faults;
  }

  // -- counting ---------------------------------------------------------------

  void stop_senders() {
    *stop_ = true;
    for (auto& each : senders_) self_->wait_for(each.driver);
    for (auto& each : senders_) {
      if (const auto counted = ask<statistics>(each.sock, get_statistics{})) {
        report_.refused += counted->send_dropped;
      }
      tell(each.sock, close{});
      self_->wait_for(each.sock);
      report_.faults += each.kernel->faults();
    }
  }

  /// Waits until a target and its subscribers have received everything, and checks the
  /// sums.
  void settle(target& which) {
    if (!which.alive) return;
    statistics now;
    const auto until = steady_clock::now() + patience;
    do {
      const auto counted = ask<statistics>(which.sock, get_statistics{});
      if (!counted) return fail("a target is gone");
      now = *counted;
      if (is_settled(which, now)) break;
      std::this_thread::sleep_for(milliseconds(1));
    } while (steady_clock::now() < until);
    const auto& sent = *which.sent;
    report_.sent += sent.datagrams;
    report_.received += now.received;
    report_.kernel_drops += now.kernel_drops;
    report_.lost += now.lost;
    for (const auto& each : now.subscribers) report_.delivered += each.delivered;
    ++report_.sums;
    if (is_settled(which, now)) return;
    fail(absl::StrCat("the sums of ", which.at.to_string(), which.merges ? ", merging," : "",
                      " do not hold: ", sent.messages.load(), " messages with ",
                      sent.datagrams.load(), " datagrams were sent to it\n", to_string(now)));
    for (const auto& each : which.subscribers) {
      fail(absl::StrCat("subscriber ", each.who.id(), each.alive ? "" : ", killed,", " saw ",
                        each.counts->datagrams.load(), ", events reported ",
                        each.counts->reported_lost.load(), " lost"));
    }
  }

  static bool is_settled(const target& which, const statistics& now) {
    const auto came = which.merges ? now.received_buffers : now.received;
    const auto sent = which.merges ? which.sent->messages.load() : which.sent->datagrams.load();
    if (came + now.kernel_drops != sent) return false;
    return std::all_of(which.subscribers.begin(), which.subscribers.end(), [&](const auto& each) {
      if (!each.alive) return true;
      const auto found = std::find_if(
          now.subscribers.begin(), now.subscribers.end(),
          [&](const auto& one) { return one.subscriber.handle().address() == each.who.address(); });
      return found != now.subscribers.end() && found->waiting == 0 &&
             found->delivered == each.counts->datagrams &&
             found->delivered + found->lost == now.received &&
             each.counts->reported_lost <= found->lost;
    });
  }

  void close_all() {
    for (auto& each : targets_) {
      // CAF goes on accepting connections for an actor that has ended.
      if (each.from_elsewhere) system_.middleman().unpublish(each.sock);
      tell(each.sock, close{});
      self_->wait_for(each.sock);
      for (auto& one : each.subscribers) {
        (*one.near)->send_exit(one.who, caf::exit_reason::user_shutdown);
        (*one.near)->wait_for(one.who);
      }
    }
    if (const auto left = net_.open_sockets(); left != 0) {
      fail(absl::StrCat(left, " sockets are left open"));
    }
  }

  caf::actor_system& system_;
  runtime& net_;
  std::mt19937_64& random_;
  soak_report& report_;
  caf::scoped_actor self_;
  caf::scoped_actor elsewhere_;
  const endpoint stuck_at_ = *endpoint::unix_path(next_path());
  stuck_peer stuck_{stuck_at_};
  std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
  std::vector<target> targets_;
  std::vector<sender> senders_;
};

}  // namespace

void soak_round(const soak_place& where, std::mt19937_64& random, milliseconds duration,
                soak_report& report) {
  soak_world(where, random, report).run(duration);
  ++report.rounds;
}

}  // namespace dgram::bench
