// Sends every datagram back to its sender, until SIGINT or SIGTERM.
//
//   bazel run //examples:udp_echo_server -- --address=127.0.0.1 --port=41234
//   bazel run //examples:udp_echo_client -- --port=41234

#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "caf_dgram/actors/runtime.h"
#include "examples/report.h"
#include "examples/signals.h"

ABSL_FLAG(std::string, address, "127.0.0.1", "IPv4 or IPv6 address to listen on");
ABSL_FLAG(int, port, 41234, "port to listen on; 0 for any free one");

namespace {

caf::behavior echo(caf::event_based_actor* self) {
  // The other events do not matter here.
  self->set_default_handler(caf::drop);
  return {
      [self](const dgram::message_event& event) {
        // An event's sender is the socket it came from.
        const auto sock = caf::actor_cast<dgram::socket_actor>(self->current_sender());
        self->send(sock, dgram::send{event.data, event.sender});
      },
      [](const dgram::error_event& event) { examples::report(event.reason); },
  };
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const auto address = absl::GetFlag(FLAGS_address);
  const auto family =
      address.find(':') == std::string::npos ? dgram::family::udp4 : dgram::family::udp6;
  // Before the first thread starts, so that all of them leave the signals to us.
  const examples::termination_signals signals;

  caf::actor_system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};

  const auto sock = net.open(family, system.spawn(echo));
  if (!sock) return examples::report(sock.error());
  bool listening = false;
  self->request(*sock, caf::infinite, dgram::bind{{address, absl::GetFlag(FLAGS_port)}})
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
