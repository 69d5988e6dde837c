// Sends every datagram back to its sender, until SIGINT or SIGTERM. The actor lives on the loop
// that serves its socket, so that no datagram crosses threads.
//
//   bazel run //examples:udp_echo_server -- --address=127.0.0.1 --port=41234
//   bazel run //examples:udp_echo_client -- --port=41234

#include <caf/all.hpp>

#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/runtime.h"
#include "examples/report.h"
#include "examples/signals.h"

ABSL_FLAG(std::string, address, "127.0.0.1", "IPv4 or IPv6 address to listen on");
ABSL_FLAG(int, port, 41234, "port to listen on; 0 for any free one");

namespace {

caf::behavior echo(caf::event_based_actor* self) {
  return {
      [self](const dgram::message_event& event) { dgram::respond(self, event, event.data); },
      [](const dgram::error_event& event) { examples::report(event.reason); },
      [self](const dgram::close_event&) { self->quit(); },
  };
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const auto address = absl::GetFlag(FLAGS_address);
  const auto family =
      address.find(':') == std::string::npos ? dgram::family::udp4 : dgram::family::udp6;
  // Before the first thread starts, so that all threads inherit the blocked signals.
  const examples::termination_signals signals;

  dgram::system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};

  const auto server = net.spawn(echo);
  if (!server) return examples::report(server.error());
  const auto sock = net.open(family, *server, {address, absl::GetFlag(FLAGS_port)});
  if (!sock) return examples::report(sock.error());
  const auto local = dgram::ask(self, *sock, dgram::get_local_address{});
  if (!local) return examples::report(local.error());
  std::printf("listening on %s\n", local->to_string().c_str());
  std::fflush(stdout);
  signals.wait();
  net.shutdown();
  return 0;
}
