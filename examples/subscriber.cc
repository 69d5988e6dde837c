#include "examples/subscriber.h"

#include <caf/all.hpp>

#include <algorithm>
#include <cstdio>
#include <future>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "examples/report.h"

namespace examples {
namespace {

/// Prints and counts the group's messages, then reports the tally and ends.
class listener : public caf::event_based_actor {
 public:
  listener(caf::actor_config& config, subscription what, std::promise<tally> result)
      : caf::event_based_actor(config), what_(std::move(what)), result_(std::move(result)) {
    tally_.name = what_.name;
  }

  caf::behavior make_behavior() override {
    return {
        [this](const dgram::message_event& event) { count(event); },
        [](const dgram::error_event& event) { report(event.reason); },
        [this](const dgram::close_event&) { finish(); },
        caf::after(what_.patience) >> [this] { finish(); },
    };
  }

 private:
  void count(const dgram::message_event& event) {
    if (what_.sender_port != 0 && event.sender.port() != what_.sender_port) return;
    const std::string text(event.data.view());
    std::printf("[%s] %s from %s\n", what_.name.c_str(), text.c_str(),
                event.sender.to_string().c_str());
    auto& texts = heard_[event.sender];
    texts.insert(text);
    tally_.received = std::max(tally_.received, static_cast<int>(texts.size()));
    if (tally_.received == what_.count) finish();
  }

  void finish() {
    result_.set_value(tally_);
    quit();
  }

  const subscription what_;
  std::promise<tally> result_;
  tally tally_;
  /// By sender, since others may use the group at the same time.
  std::map<dgram::endpoint, std::set<std::string>> heard_;
};

}  // namespace

caf::expected<std::shared_future<tally>> start_subscriber(const dgram::runtime& net,
                                                          caf::scoped_actor& owner,
                                                          const subscription& what) {
  std::promise<tally> promise;
  auto result = promise.get_future().share();
  dgram::open_options with;
  // `reuse_address` allows several subscribers on one host. Bound to the group's address,
  // each receives nothing else.
  with.options = {{dgram::option::reuse_address, true}};
  with.local = what.group;
  with.memberships = {{what.group.host(), what.interface}};
  with.listener = owner->spawn<listener>(what, std::move(promise));
  const auto sock = net.open(what.group.family(), with);
  if (!sock) return sock.error();
  std::printf("[%s] joined %s on %s\n", what.name.c_str(), what.group.to_string().c_str(),
              what.interface.to_string().c_str());
  std::fflush(stdout);
  return result;
}

}  // namespace examples
