// Two actors, each on a loop of its own, of which one answers the other: through sockets, through
// two members of a multicast group, over two channels of buses, or over two topics.

#include <caf/all.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
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

using clock_type = std::chrono::steady_clock;

enum class medium { sockets, members, channels, topics };

constexpr char question_letter = 'q';
constexpr char answer_letter = 'a';

/// What the two actors do; complete before the first message is sent.
struct exchange {
  explicit exchange(int wanted) : wanted(static_cast<std::size_t>(wanted)) {}

  const std::size_t wanted;
  std::function<void(caf::event_based_actor*)> ask;
  std::function<void(caf::event_based_actor*)> answer;
  dgram::topic_reader questions;
  dgram::topic_reader answers;
  medium how = medium::sockets;
  clock_type::time_point asked_at;
  std::vector<double> times;
  std::promise<void> done;

  void begin(caf::event_based_actor* self) {
    asked_at = clock_type::now();
    ask(self);
  }

  void end(caf::event_based_actor* self) {
    times.push_back(
        std::chrono::duration<double, std::micro>(clock_type::now() - asked_at).count());
    if (times.size() < wanted) return begin(self);
    if (times.size() == wanted) done.set_value();
  }
};

caf::behavior asking(caf::event_based_actor* self, const std::shared_ptr<exchange>& shared) {
  return {
      [=](int) { shared->begin(self); },
      [=](const dgram::message_event& event) {
        // A member of a group hears itself, too.
        if (event.data.view().front() == answer_letter) shared->end(self);
      },
      [=](const dgram::channel_message_event& event) {
        if (shared->how == medium::topics) shared->answers.read(event);
        shared->end(self);
      },
  };
}

caf::behavior answering(caf::event_based_actor* self, const std::shared_ptr<exchange>& shared) {
  return {
      [=](const dgram::message_event& event) {
        if (event.data.view().front() == question_letter) shared->answer(self);
      },
      [=](const dgram::channel_message_event& event) {
        if (shared->how == medium::topics) shared->questions.read(event);
        shared->answer(self);
      },
  };
}

/// The actors and what links them.
class actor_pair {
 public:
  actor_pair(medium how, int wanted) : shared_(std::make_shared<exchange>(wanted)) {
    shared_->how = how;
    if (how == medium::sockets || how == medium::members) {
      link_by_sockets(how);
    } else {
      link_by_buses(how);
    }
  }

  ~actor_pair() { net_.shutdown(); }
  actor_pair(const actor_pair&) = delete;
  actor_pair& operator=(const actor_pair&) = delete;

  std::vector<double> run() {
    dgram::send_message(self_, asker_, 1);
    if (shared_->done.get_future().wait_for(std::chrono::minutes(1)) != std::future_status::ready) {
      throw std::runtime_error("an answer was lost");
    }
    return shared_->times;
  }

 private:
  /// Returns where it is reached.
  dgram::endpoint open_socket(const caf::actor& user, medium how, dgram::socket_actor& sock) {
    dgram::open_options with;
    with.local = dgram::endpoint::loopback(dgram::family::udp4, 0);
    if (how == medium::members) {
      const std::string group = "239.255.87.5";
      with.local = dgram::endpoint::ip(group, 7668).value();
      with.options = {{dgram::option::reuse_address, true},
                      {dgram::option::multicast_interface, "127.0.0.1"}};
      with.memberships = {{group, "lo"}};
    }
    with.listener = user;
    with.events = dgram::event_kinds::datagrams;
    with.where = dgram::placement::beside(user);
    sock = value_of(net_.open(dgram::family::udp4, with));
    return value_of(dgram::ask(self_, sock, dgram::get_local_address{}));
  }

  void link_by_sockets(medium how) {
    const dgram::payload question(std::string(64, question_letter));
    const dgram::payload answer(std::string(64, answer_letter));
    dgram::socket_actor one;
    dgram::socket_actor other;
    const auto here = open_socket(asker_, how, one);
    const auto there = open_socket(answerer_, how, other);
    shared_->ask = [=](auto* self) { dgram::tell(self, one, dgram::send{question, there}); };
    shared_->answer = [=](auto* self) { dgram::tell(self, other, dgram::send{answer, here}); };
  }

  dgram::bus_actor open_bus(const caf::actor& user, const std::string& channel) {
    dgram::bus_options options;
    options.group = dgram::endpoint::ip("239.255.87.4", 7667).value();
    options.owner = user;
    options.where = dgram::placement::beside(user);
    auto bus = value_of(dgram::open_bus(net_, options));
    dgram::subscribe_channels terms{user, channel};
    terms.events = dgram::event_kinds::datagrams;
    expect_success(dgram::ask(self_, bus, std::move(terms)));
    return bus;
  }

  void link_by_buses(medium how) {
    const auto one = open_bus(asker_, "ANSWER");
    const auto other = open_bus(answerer_, "QUESTION");
    if (how == medium::channels) {
      const dgram::payload bytes(std::string(64, 'x'));
      shared_->ask = [=](auto* self) { dgram::tell(self, one, dgram::publish{"QUESTION", bytes}); };
      shared_->answer = [=](auto* self) {
        dgram::tell(self, other, dgram::publish{"ANSWER", bytes});
      };
      return;
    }
    const dgram::topic<numbers> question("QUESTION");
    const dgram::topic<numbers> answer("ANSWER");
    const auto drop = [](const numbers&, const dgram::endpoint&) {};
    shared_->questions.on(question, drop);
    shared_->answers.on(answer, drop);
    shared_->ask = [=](auto* self) { dgram::tell(self, one, question.message({})); };
    shared_->answer = [=](auto* self) { dgram::tell(self, other, answer.message({})); };
  }

  const std::shared_ptr<exchange> shared_;
  dgram::bus_system_config config_;
  caf::actor_system system_{config_};
  dgram::runtime net_{system_, two_loops()};
  caf::scoped_actor self_{system_};
  caf::actor asker_ = value_of(net_.spawn(asking, shared_));
  caf::actor answerer_ = value_of(net_.spawn(answering, shared_));
};

class actors final : public contender {
 public:
  explicit actors(medium how) : how_(how) {}

  std::unique_ptr<stream> start(const traffic&) override { return nullptr; }
  std::unique_ptr<echo_server> serve(std::size_t) override { return nullptr; }

  std::vector<double> round_trips(int count) override {
    enter_isolated_network();
    return actor_pair(how_, count).run();
  }

 private:
  const medium how_;
};

}  // namespace

std::unique_ptr<contender> make_two_sockets() { return std::make_unique<actors>(medium::sockets); }
std::unique_ptr<contender> make_two_members() { return std::make_unique<actors>(medium::members); }
std::unique_ptr<contender> make_two_channels() {
  return std::make_unique<actors>(medium::channels);
}
std::unique_ptr<contender> make_two_topics() { return std::make_unique<actors>(medium::topics); }

}  // namespace bench
