// Supervision: an actor that opens a socket, monitors it, and reopens it on the same port
// whenever it fails or is killed. This is the program for CAF 0.17.
//
//   bazel run //examples:supervisor
//
// Kills the socket three times and exits 0 only if each new one answers on the
// same port.

#include <caf/all.hpp>

#include <chrono>
#include <cstdio>
#include <string>

#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/runtime.h"
#include "examples/report.h"

namespace {

using namespace std::chrono_literals;

struct supervisor_state {
  dgram::socket_actor sock;
};

/// Echoes on a port, replacing sockets that end, and sends `client` a handle to each
/// socket that it opens.
caf::behavior supervise(caf::stateful_actor<supervisor_state>* self, const dgram::runtime& net,
                        const dgram::endpoint& local, const caf::actor& client) {
  const auto open = [self, net, local, client] {
    auto sock = net.open(local.family(), self, local);
    if (!sock) {
      // The port may still be in use, or no descriptor be left: retry soon.
      examples::report(sock.error());
      self->delayed_send(self, 100ms, caf::tick_atom::value);
      return;
    }
    self->state.sock = *sock;
    self->monitor(*sock);
    self->send(client, *sock);
  };
  self->set_down_handler([self, open](const caf::down_msg& down) {
    if (down.source == self->state.sock.address()) open();
  });
  open();
  return {
      [open](caf::tick_atom) { open(); },
      [self](const dgram::message_event& event) { dgram::respond(self, event, event.data); },
      [](const dgram::error_event& event) { examples::report(event.reason); },
      // The monitor reports the end.
      [](const dgram::close_event&) {},
  };
}

}  // namespace

int main() {
  dgram::system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};

  // Picks a free port.
  const auto probe = net.open(dgram::family::udp4, nullptr, {"127.0.0.1", 0});
  if (!probe) return examples::report(probe.error());
  const auto local = dgram::ask(self, *probe, dgram::get_local_address{});
  if (!local) return examples::report(local.error());
  if (const auto closed = dgram::ask(self, *probe, dgram::close{}); !closed) {
    return examples::report(closed.error());
  }

  const auto client = net.open(dgram::family::udp4, self);
  if (!client) return examples::report(client.error());
  const auto supervisor = self->spawn(supervise, net, *local, caf::actor(self));
  int answers = 0;
  for (int round = 0; round <= 3; ++round) {
    dgram::socket_actor sock;
    self->receive([&](const dgram::socket_actor& opened) { sock = opened; });
    dgram::tell(self, *client, dgram::send{"round " + std::to_string(round), *local});
    self->receive(
        [&](const dgram::message_event& event) {
          std::printf("%s from %s\n", std::string(event.data.view()).c_str(),
                      event.sender.to_string().c_str());
          ++answers;
        },
        caf::after(2s) >> [] { std::fprintf(stderr, "no answer\n"); });
    if (round < 3) self->send_exit(sock, caf::exit_reason::kill);
  }
  self->send_exit(supervisor, caf::exit_reason::user_shutdown);
  net.shutdown();
  return answers == 4 ? 0 : 1;
}
