// Supervision: an actor that opens a socket, monitors it, and reopens it on the same port
// whenever it fails or is killed. This is the program for CAF 1.x.
//
//   bazel run //examples:supervisor
//
// Kills the socket three times and exits 0 only if each new one answers on the
// same port.

#include <caf/actor_from_state.hpp>
#include <caf/actor_system.hpp>
#include <caf/anon_mail.hpp>
#include <caf/caf_main.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/runtime.h"
#include "examples/report.h"

namespace {

using namespace std::chrono_literals;

/// Echoes on a port, replacing sockets that end, and sends `client` a handle to each
/// socket that it opens.
class supervisor {
 public:
  supervisor(caf::event_based_actor* self, dgram::runtime net, dgram::endpoint local,
             caf::actor client)
      : self_(self), net_(std::move(net)), local_(std::move(local)), client_(std::move(client)) {}

  caf::behavior make_behavior() {
    open();
    return {
        [this](caf::tick_atom) { open(); },
        [this](const dgram::message_event& event) { dgram::respond(self_, event, event.data); },
        [](const dgram::error_event& event) { examples::report(event.reason); },
        // The monitor reports the end.
        [](const dgram::close_event&) {},
    };
  }

 private:
  void open() {
    const auto sock = net_.open(local_.family(), self_, local_);
    if (!sock) {
      // The port may still be in use, or no descriptor be left: retry soon.
      examples::report(sock.error());
      self_->mail(caf::tick_atom_v).delay(100ms).send(self_);
      return;
    }
    self_->monitor(*sock, [this](const caf::error&) { open(); });
    self_->mail(*sock).send(client_);
  }

  caf::event_based_actor* self_;
  dgram::runtime net_;
  dgram::endpoint local_;
  caf::actor client_;
};

}  // namespace

int caf_main(caf::actor_system& system, const dgram::system_config&) {
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
  const auto supervising =
      self->spawn(caf::actor_from_state<supervisor>, net, *local, caf::actor(self));
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
  self->send_exit(supervising, caf::exit_reason::user_shutdown);
  net.shutdown();
  return answers == 4 ? 0 : 1;
}

CAF_MAIN(caf::id_block::caf_dgram)
