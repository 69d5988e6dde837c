// This library's bus: one publishes, one hears, each on a loop with its actors.

#include <caf/all.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/isolated_network.h"
#include "bench/numbers.h"
#include "bench/own_network.h"
#include "bench/traffic.h"
#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/bus/ask.h"
#include "caf_dgram/actors/bus/bus.h"
#include "caf_dgram/actors/bus/message_types.h"
#include "caf_dgram/actors/bus/topic_reader.h"
#include "caf_dgram/actors/compat/asking.h"

namespace bench {
namespace {

/// How messages are published and delivered.
enum class way { single, batched, packed, typed };

/// Shared by publisher and subscribers.
struct course {
  course(const traffic& wanted, way how) : what(wanted), how(how), progress(wanted) {}

  const traffic what;
  const way how;
  flow progress;
  std::atomic<bool> stop{false};
  dgram::bus_actor out;
};

const dgram::topic<numbers>& topic() {
  static const dgram::topic<numbers> result("C0");
  return result;
}

/// Publishes as many messages as it is granted.
class publisher : public caf::event_based_actor {
 public:
  publisher(caf::actor_config& config, std::shared_ptr<course> shared)
      : caf::event_based_actor(config),
        course_(std::move(shared)),
        bytes_(std::string(course_->what.sizes.front(), 'x')) {}

  caf::behavior make_behavior() override {
    return {[this](std::uint64_t more) {
      for (auto left = more; left > 0 && !course_->stop;) {
        const auto count = std::min<std::uint64_t>(left, most_at_once);
        publish(count);
        left -= count;
      }
    }};
  }

 private:
  static constexpr std::uint64_t most_at_once = 256;

  void publish(std::uint64_t count) {
    if (course_->how == way::single) {
      while (count-- > 0) dgram::tell(this, course_->out, dgram::publish{"C0", bytes_});
    } else if (course_->how == way::typed) {
      dgram::tell(this, course_->out, topic().messages(std::vector<numbers>(count)));
    } else {
      dgram::publish_batch command{"C0", {}};
      while (count-- > 0) command.messages.add(bytes_);
      dgram::tell(this, course_->out, std::move(command));
    }
  }

  const std::shared_ptr<course> course_;
  const dgram::payload bytes_;
};

/// Counts messages; the first subscriber grants the publisher as many again.
caf::behavior counting(caf::event_based_actor*, const std::shared_ptr<course>& shared,
                       const caf::actor& grants) {
  const auto step = std::max<std::uint64_t>(shared->what.window / 8, 1);
  auto count = [shared, grants, step, pending = std::uint64_t{0}](std::uint64_t got) mutable {
    shared->progress.add_delivered(got);
    pending += got;
    if (!grants || pending < step) return;
    dgram::send_anonymously(grants, std::exchange(pending, 0));
  };
  if (shared->how == way::single) {
    return {[count](const dgram::channel_message_event&) mutable { count(1); }};
  }
  if (shared->how == way::typed) {
    auto got = std::make_shared<std::uint64_t>(0);
    dgram::topic_reader reader;
    reader.on(topic(), [got](const numbers&, const dgram::endpoint&) { ++*got; });
    return {[=](const dgram::channel_batch_event& event) mutable {
      reader.read(event);
      count(std::exchange(*got, 0));
    }};
  }
  return {
      [count](const dgram::channel_batch_event& event) mutable { count(event.datagrams.size()); }};
}

class bus_stream final : public stream {
 public:
  bus_stream(const traffic& what, way how) : shared_(std::make_shared<course>(what, how)) {
    const auto speaks = value_of(net_.spawn<publisher>(shared_));
    shared_->out = open_beside(speaks, true);
    const auto first = value_of(net_.spawn(counting, shared_, speaks));
    const auto in = open_beside(first, false);
    subscribe(in, first, "C0");
    for (std::size_t i = 1; i < what.channels; ++i) subscribe(in, first, "C" + std::to_string(i));
    for (std::size_t i = 1; i < what.receivers; ++i) {
      const auto next =
          value_of(net_.spawn_at(dgram::placement::beside(first), counting, shared_, caf::actor()));
      subscribe(in, next, "C0");
    }
    dgram::send_message(self_, speaks, std::uint64_t{what.window});
  }

  ~bus_stream() override {
    shared_->stop = true;
    net_.shutdown();
  }

  std::uint64_t delivered() const override { return shared_->progress.delivered(); }

 private:
  dgram::bus_actor open_beside(const caf::actor& who, bool publish_only) {
    dgram::bus_options options;
    options.group = dgram::endpoint::ip("239.255.87.3", 7667).value();
    options.owner = who;
    options.publish_only = publish_only;
    options.where = dgram::placement::beside(who);
    options.pack = shared_->how == way::packed;
    options.datagram_size = shared_->what.datagram_size;
    return value_of(dgram::open_bus(net_, options));
  }

  void subscribe(const dgram::bus_actor& bus, const caf::actor& who, const std::string& channel) {
    dgram::subscribe_channels terms{who, channel};
    terms.events = dgram::event_kinds::datagrams;
    if (shared_->how != way::single) terms.messages = dgram::delivery::batched;
    expect_success(dgram::ask(self_, bus, std::move(terms)));
  }

  const std::shared_ptr<course> shared_;
  dgram::bus_system_config config_;
  caf::actor_system system_{config_};
  dgram::runtime net_{system_, two_loops()};
  caf::scoped_actor self_{system_};
};

class caf_dgram_bus final : public contender {
 public:
  explicit caf_dgram_bus(way how) : how_(how) {}

  std::unique_ptr<stream> start(const traffic& what) override {
    enter_isolated_network();
    return std::make_unique<bus_stream>(what, how_);
  }
  std::unique_ptr<echo_server> serve(std::size_t) override { return nullptr; }

 private:
  const way how_;
};

}  // namespace

std::unique_ptr<contender> make_bus_single() {
  return std::make_unique<caf_dgram_bus>(way::single);
}
std::unique_ptr<contender> make_bus_batch() {
  return std::make_unique<caf_dgram_bus>(way::batched);
}
std::unique_ptr<contender> make_bus_packed() {
  return std::make_unique<caf_dgram_bus>(way::packed);
}
std::unique_ptr<contender> make_bus_typed() { return std::make_unique<caf_dgram_bus>(way::typed); }

}  // namespace bench
