#include "examples/subscriber.h"

#include <caf/all.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "examples/report.h"

namespace examples {
namespace {

struct listener_state {
  tally result;
  /// By sender, since others may use the group at the same time.
  std::map<dgram::endpoint, std::set<std::string>> heard;
};

/// Prints and counts the group's messages, then reports the tally and ends.
caf::behavior listener(caf::stateful_actor<listener_state>* self, const caf::actor& owner,
                       const subscription& what) {
  self->state.result.name = what.name;
  const auto finish = [self, owner] {
    self->send(owner, self->state.result);
    self->quit();
  };
  return {
      [self, what, finish](const dgram::message_event& event) {
        if (what.sender_port != 0 && event.sender.port() != what.sender_port) return;
        const std::string text(event.data.view());
        std::printf("[%s] %s from %s\n", what.name.c_str(), text.c_str(),
                    event.sender.to_string().c_str());
        auto& texts = self->state.heard[event.sender];
        texts.insert(text);
        auto& most = self->state.result.received;
        most = std::max(most, static_cast<int>(texts.size()));
        if (most == what.count) finish();
      },
      [](const dgram::error_event& event) { report(event.reason); },
      [finish](const dgram::close_event&) { finish(); },
      caf::after(what.patience) >> finish,
  };
}

}  // namespace

caf::error start_subscriber(const dgram::runtime& net, caf::scoped_actor& owner,
                            const subscription& what) {
  dgram::open_options with;
  // `reuse_address` allows several subscribers on one host. Bound to the group's address,
  // each receives nothing else.
  with.options = {{dgram::option::reuse_address, true}};
  with.local = what.group;
  with.memberships = {{what.group.host(), what.interface}};
  with.listener = owner->spawn(listener, caf::actor(owner), what);
  const auto sock = net.open(what.group.family(), with);
  if (!sock) return sock.error();
  std::printf("[%s] joined %s on %s\n", what.name.c_str(), what.group.to_string().c_str(),
              what.interface.to_string().c_str());
  std::fflush(stdout);
  return {};
}

}  // namespace examples
