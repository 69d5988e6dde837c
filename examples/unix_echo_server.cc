// Sends every datagram that comes to a Unix socket back to its sender, until
// SIGINT or SIGTERM.
//
//   bazel run //examples:unix_echo_server -- --path=/tmp/echo.sock
//   bazel run //examples:unix_echo_client -- --path=/tmp/echo.sock

#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "caf_dgram/actors/runtime.h"
#include "examples/report.h"
#include "examples/signals.h"

ABSL_FLAG(std::string, path, "/tmp/echo.sock", "where to listen");
ABSL_FLAG(bool, replace, false, "take over the path of a server that is gone");

namespace {

caf::behavior echo(caf::event_based_actor* self) {
  // The other events do not matter here.
  self->set_default_handler(caf::drop);
  return {
      [self](const dgram::message_event& event) {
        // A client that is not bound has no address to answer to.
        if (event.sender.is_wildcard()) return;
        const auto sock = caf::actor_cast<dgram::socket_actor>(self->current_sender());
        self->send(sock, dgram::send{event.data, event.sender});
      },
      [](const dgram::error_event& event) { examples::report(event.reason); },
  };
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  // Before the first thread starts, so that all of them leave the signals to us.
  const examples::termination_signals signals;

  caf::actor_system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};

  const auto sock = net.open(dgram::family::unix_dgram, system.spawn(echo));
  if (!sock) return examples::report(sock.error());
  bool listening = false;
  self->request(*sock, caf::infinite,
                dgram::bind{dgram::address::path(absl::GetFlag(FLAGS_path)),
                            absl::GetFlag(FLAGS_replace)})
      .receive(
          [&](const dgram::endpoint& local) {
            std::printf("listening on %s\n", local.to_string().c_str());
            std::fflush(stdout);
            listening = true;
          },
          [](const caf::error& why) { examples::report(why); });
  if (listening) signals.wait();
  net.shutdown();
  return listening ? 0 : 1;
}
