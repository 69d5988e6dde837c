#include "examples/subscriber.h"

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
  /// What came from each sender: others may use the group at the same time.
  std::map<dgram::endpoint, std::set<std::string>> heard;
};

/// Prints and counts the group's messages, then reports and ends.
caf::behavior listener(caf::stateful_actor<listener_state>* self, const caf::actor& owner,
                       const subscription& what) {
  self->state.result.name = what.name;
  // The other events do not matter here.
  self->set_default_handler(caf::drop);
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
      caf::after(what.patience) >> finish,
  };
}

}  // namespace

caf::error start_subscriber(dgram::runtime& net, caf::scoped_actor& owner,
                            const subscription& what) {
  const auto sock = net.open(what.group.family(), owner->spawn(listener, caf::actor(owner), what));
  if (!sock) return sock.error();
  caf::error failed;
  const auto keep = [&](caf::error& why) { failed = std::move(why); };
  // Several subscribers may live on one host; bound to the group, each hears
  // nothing else.
  owner->request(*sock, caf::infinite, dgram::set_option{dgram::option::reuse_address, true})
      .receive([] {}, keep);
  if (failed) return failed;
  owner->request(*sock, caf::infinite, dgram::bind{what.group})
      .receive([](const dgram::endpoint&) {}, keep);
  if (failed) return failed;
  owner->request(*sock, caf::infinite, dgram::add_membership{what.group.address(), what.interface})
      .receive([](const dgram::membership&) {}, keep);
  if (failed) return failed;
  std::printf("[%s] joined %s on %s\n", what.name.c_str(), what.group.to_string().c_str(),
              what.interface.to_string().c_str());
  std::fflush(stdout);
  return {};
}

}  // namespace examples
