// Sends every datagram received on a Unix socket back to its sender, until SIGINT or
// SIGTERM.
//
//   bazel run //examples:unix_echo_server -- --path=/tmp/echo.sock
//   bazel run //examples:unix_echo_client -- --path=/tmp/echo.sock

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

ABSL_FLAG(std::string, path, "/tmp/echo.sock", "where to listen");
ABSL_FLAG(bool, replace, false, "take over the path of a server that is gone");

namespace {

caf::behavior echo(caf::event_based_actor* self) {
  return {
      [self](const dgram::message_event& event) {
        // An unbound client has no address to answer to.
        if (!event.sender.is_wildcard()) dgram::respond(self, event, event.data);
      },
      [](const dgram::error_event& event) { examples::report(event.reason); },
      [self](const dgram::close_event&) { self->quit(); },
  };
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  // Before the first thread starts, so that all threads inherit the blocked signals.
  const examples::termination_signals signals;

  dgram::system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  dgram::open_options with;
  with.local = dgram::address::path(absl::GetFlag(FLAGS_path));
  with.replace_stale_path = absl::GetFlag(FLAGS_replace);
  with.listener = system.spawn(echo);
  const auto sock = net.open(dgram::family::unix_dgram, with);
  if (!sock) return examples::report(sock.error());
  std::printf("listening on unix:%s\n", absl::GetFlag(FLAGS_path).c_str());
  std::fflush(stdout);
  signals.wait();
  net.shutdown();
  return 0;
}
