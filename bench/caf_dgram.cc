// This library: sockets on two loops, and actors on CAF's scheduler or beside their sockets.

#include <unistd.h>

#include <caf/all.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <utility>

#include "bench/own_network.h"
#include "bench/traffic.h"
#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/scheduling.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/runtime.h"

namespace bench {
namespace {

constexpr std::int64_t wanted_buffer = 4 << 20;

/// CAF with the recommended scheduler policy (docs/performance.md).
struct host_config : dgram::system_config {
  host_config() { dgram::use_sharing(*this); }
};

/// Where the program's actors live.
enum class home : bool { scheduler, loop };

/// An actor system with sockets.
struct host {
  explicit host(home at) : actors_at(at) {}

  const home actors_at;
  host_config config;
  mutable caf::actor_system system{config};
  dgram::runtime net{system, two_loops()};
  caf::scoped_actor self{system};

  dgram::socket_actor open(dgram::family f, dgram::open_options options) const {
    options.options.push_back({dgram::option::receive_buffer_size, wanted_buffer});
    options.options.push_back({dgram::option::send_buffer_size, wanted_buffer});
    return value_of(net.open(f, options));
  }

  /// Spawns an actor of a class.
  template <class Impl, class... Arguments>
  caf::actor spawn(Arguments&&... arguments) const {
    if (actors_at == home::loop) return value_of(net.spawn<Impl>(arguments...));
    return system.spawn<Impl>(std::forward<Arguments>(arguments)...);
  }

  /// The same for a function.
  template <class Function, class... Arguments>
  caf::actor spawn(Function function, Arguments&&... arguments) const {
    if (actors_at == home::loop) return value_of(net.spawn(function, arguments...));
    return system.spawn(function, std::forward<Arguments>(arguments)...);
  }

  /// The place of a socket that an actor only sends through.
  dgram::placement beside(const caf::actor& who) const {
    return actors_at == home::loop ? dgram::placement::beside(who) : dgram::placement();
  }

  dgram::endpoint address_of(const dgram::socket_actor& sock) const {
    return value_of(dgram::ask(self, sock, dgram::get_local_address{}));
  }
};

/// Shared by the sending and the receiving actor.
struct course {
  explicit course(const traffic& wanted, bool batched)
      : what(wanted), batched(batched), progress(wanted) {}

  const traffic what;
  const bool batched;
  flow progress;
  std::atomic<bool> stop{false};
  dgram::socket_actor sender;
  std::vector<dgram::endpoint> destinations;

  /// Equal datagrams to one destination, which a batch holds as one run.
  bool is_uniform() const { return what.sizes.size() == 1 && destinations.size() <= 1; }

  std::optional<dgram::endpoint> destination(std::uint64_t number) const {
    if (destinations.empty()) return std::nullopt;
    return destinations[number % destinations.size()];
  }
};

/// Sends as many datagrams as it is granted.
class sender_actor : public caf::event_based_actor {
 public:
  sender_actor(caf::actor_config& config, std::shared_ptr<course> shared)
      : caf::event_based_actor(config), course_(std::move(shared)) {}

  caf::behavior make_behavior() override {
    return {[this](std::uint64_t more) {
      for (auto left = more; left > 0 && !course_->stop;) {
        const auto count = std::min<std::uint64_t>(left, run_length);
        send_some(count, left == count);
        left -= count;
      }
    }};
  }

 private:
  static constexpr std::uint64_t run_length = 512;

  void send_some(std::uint64_t count, bool last) {
    // In an open loop, datagrams taken by the kernel make room for more.
    const bool paced = !course_->what.closed_loop && last;
    if (course_->batched) {
      dgram::send_batch command{next_batch(count)};
      if (!paced) return dgram::tell(this, course_->sender, std::move(command));
      dgram::send_request(this, course_->sender, caf::infinite, std::move(command))
          .then([this](const dgram::batch_result&) { go_on(); });
      return;
    }
    for (std::uint64_t i = 0; i < count; ++i, ++sent_) {
      dgram::send command{next_payload(), destination()};
      if (paced && i + 1 == count) {
        dgram::send_request(this, course_->sender, caf::infinite, std::move(command))
            .then([this](std::uint64_t) { go_on(); });
      } else {
        dgram::tell(this, course_->sender, std::move(command));
      }
    }
  }

  void go_on() { dgram::send_message(this, this, std::uint64_t{course_->what.window}); }

  dgram::batch next_batch(std::uint64_t count) {
    dgram::batch result;
    if (course_->is_uniform()) {
      const auto size = course_->what.sizes.front();
      result.add_segments(bytes(size * count), size, course_->destination(0));
      sent_ += count;
      return result;
    }
    for (std::uint64_t i = 0; i < count; ++i, ++sent_) {
      result.add(next_payload(), course_->destination(sent_));
    }
    return result;
  }

  dgram::payload next_payload() const {
    return bytes(course_->what.sizes[sent_ % course_->what.sizes.size()]);
  }

  dgram::payload bytes(std::size_t size) const {
    // Every datagram is a slice of this buffer. Never freed: there is one measurement per
    // process.
    static const auto& all =
        *std::make_unique<std::string>(run_length * course_->what.sizes.back(), 'x').release();
    return dgram::payload::of_static({all.data(), size});
  }

  dgram::address destination() const {
    const auto to = course_->destination(sent_);
    return to ? dgram::address(*to) : dgram::address();
  }

  const std::shared_ptr<course> course_;
  std::uint64_t sent_ = 0;
};

/// Counts received datagrams and grants the sender as many again.
caf::behavior counting(caf::event_based_actor* self, const std::shared_ptr<course>& shared,
                       const caf::actor& sender) {
  const auto copies = shared->what.multicast ? shared->what.receivers : 1;
  const auto step = std::max<std::uint64_t>(shared->what.window / 8, 1) * copies;
  auto count = [self, shared, sender, copies, step,
                pending = std::uint64_t{0}](std::uint64_t got) mutable {
    shared->progress.add_delivered(got);
    pending += got;
    if (pending < step || !shared->what.closed_loop) return;
    dgram::send_message(self, sender, std::uint64_t{pending / copies});
    pending %= copies;
  };
  if (shared->batched) {
    return {[count](const dgram::batch_event& event) mutable { count(event.datagrams.size()); }};
  }
  return {[count](const dgram::message_event&) mutable { count(1); }};
}

class actor_stream final : public stream {
 public:
  actor_stream(const traffic& what, bool batched, home at)
      : shared_(std::make_shared<course>(what, batched)), host_(at) {
    dgram::open_options sending;
    if (what.multicast) sending.options = {{dgram::option::multicast_interface, "127.0.0.1"}};
    const auto sender = host_.spawn<sender_actor>(shared_);
    sending.where = host_.beside(sender);
    shared_->sender = host_.open(what.family, sending);
    dgram::open_options receiving;
    receiving.listener = host_.spawn(counting, shared_, sender);
    receiving.events = dgram::event_kinds::datagrams;
    receiving.datagrams = batched ? dgram::delivery::batched : dgram::delivery::single;
    receiving.local = dgram::endpoint::loopback(what.family, 0);
    if (what.multicast) {
      const std::string group = "239.255.87.2";
      receiving.options = {{dgram::option::reuse_address, true}};
      receiving.local = {group, 0};
      receiving.memberships = {{group, "lo"}};
    }
    for (std::size_t i = 0; i < what.receivers; ++i) {
      if (what.family == dgram::family::unix_dgram) {
        receiving.local = dgram::address::path(
            '\0' + ("dgram-bench." + std::to_string(i) + "." + std::to_string(::getpid())));
      }
      const auto sock = host_.open(what.family, receiving);
      const auto at = host_.address_of(sock);
      if (what.family == dgram::family::unix_dgram) {
        value_of(dgram::ask(host_.self, shared_->sender, dgram::connect{at}));
      } else if (what.multicast) {
        receiving.local = at;
        shared_->destinations = {at};
      } else {
        shared_->destinations.push_back(at);
      }
    }
    dgram::send_message(host_.self, sender, std::uint64_t{what.window});
  }

  ~actor_stream() override {
    shared_->stop = true;
    host_.net.shutdown();
  }

  std::uint64_t delivered() const override { return shared_->progress.delivered(); }

 private:
  std::shared_ptr<course> shared_;
  host host_;
};

/// The sockets of an echo server, and the moments when all of them are open or closed.
struct echo_sockets {
  explicit echo_sockets(std::size_t count) : count(count), left(count) {}

  const std::size_t count;
  std::vector<dgram::socket_actor> handles;
  std::vector<dgram::endpoint> addresses;
  std::promise<void> all_open;
  std::size_t left;
  std::promise<void> all_closed;
};

/// Opens the sockets when it gets a number, and sends back what comes.
caf::behavior echoing(caf::event_based_actor* self, const host* at,
                      const std::shared_ptr<echo_sockets>& sockets) {
  return {
      [=](std::uint64_t count) {
        dgram::open_options with;
        with.local = dgram::endpoint::loopback(dgram::family::udp4, 0);
        with.listener = self;
        with.events = dgram::default_events | dgram::event_kinds::life_cycle;
        for (; count > 0; --count) {
          sockets->handles.push_back(value_of(at->net.open(dgram::family::udp4, with)));
        }
      },
      [=](const dgram::listening_event& event) {
        sockets->addresses.push_back(event.local);
        if (sockets->addresses.size() == sockets->count) sockets->all_open.set_value();
      },
      [self](const dgram::message_event& event) { dgram::respond(self, event, event.data); },
      [](const dgram::error_event&) {},
      [=](const dgram::close_event&) {
        if (--sockets->left == 0) sockets->all_closed.set_value();
      },
  };
}

class actor_echo final : public echo_server {
 public:
  actor_echo(std::size_t sockets, home at)
      : sockets_(std::make_shared<echo_sockets>(sockets)), host_(at) {
    const auto user = host_.spawn(echoing, &host_, sockets_);
    const stopwatch watch;
    dgram::send_message(host_.self, user, std::uint64_t{sockets});
    sockets_->all_open.get_future().get();
    opened_in_ = watch.seconds();
  }
  ~actor_echo() override { host_.net.shutdown(); }

  double opened_in() const override { return opened_in_; }

  std::optional<double> close_all() override {
    const stopwatch watch;
    for (const auto& sock : sockets_->handles) dgram::tell(host_.self, sock, dgram::close{});
    sockets_->all_closed.get_future().get();
    return watch.seconds();
  }

  std::vector<dgram::endpoint> addresses() const override { return sockets_->addresses; }

 private:
  const std::shared_ptr<echo_sockets> sockets_;
  host host_;
  double opened_in_ = 0;
};

class caf_dgram final : public contender {
 public:
  caf_dgram(bool batched, home at) : batched_(batched), at_(at) {}

  std::unique_ptr<stream> start(const traffic& what) override {
    return std::make_unique<actor_stream>(what, batched_, at_);
  }
  std::unique_ptr<echo_server> serve(std::size_t sockets) override {
    return std::make_unique<actor_echo>(sockets, at_);
  }

 private:
  const bool batched_;
  const home at_;
};

}  // namespace

std::unique_ptr<contender> make_caf_dgram_single() {
  return std::make_unique<caf_dgram>(false, home::scheduler);
}
std::unique_ptr<contender> make_caf_dgram_batch() {
  return std::make_unique<caf_dgram>(true, home::scheduler);
}
std::unique_ptr<contender> make_caf_dgram_single_on_loop() {
  return std::make_unique<caf_dgram>(false, home::loop);
}
std::unique_ptr<contender> make_caf_dgram_batch_on_loop() {
  return std::make_unique<caf_dgram>(true, home::loop);
}

}  // namespace bench
