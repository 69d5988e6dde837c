// Sends a datagram to an echo server on a Unix socket and prints the echo. Exits 0 only
// if the datagram came back.
//
//   bazel run //examples:unix_echo_client -- --path=/tmp/echo.sock --message=hello

#include <unistd.h>

#include <caf/all.hpp>

#include <chrono>
#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/runtime.h"
#include "examples/report.h"

ABSL_FLAG(std::string, path, "/tmp/echo.sock", "where the server listens");
ABSL_FLAG(std::string, local_path, "", "where to receive the answer; default: PATH.PID");
ABSL_FLAG(std::string, message, "hello", "what to send");
ABSL_FLAG(int, timeout_ms, 2000, "how long to wait for the answer");

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const auto path = absl::GetFlag(FLAGS_path);
  auto local_path = absl::GetFlag(FLAGS_local_path);
  if (local_path.empty()) local_path = path + "." + std::to_string(::getpid());
  const std::chrono::milliseconds timeout{absl::GetFlag(FLAGS_timeout_ms)};

  dgram::system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};
  // A Unix socket must be bound to receive.
  const auto sock = net.open(dgram::family::unix_dgram, self, dgram::address::path(local_path));
  if (!sock) return examples::report(sock.error());
  const auto sent = dgram::ask(
      self, *sock, dgram::send{absl::GetFlag(FLAGS_message), dgram::address::path(path)});
  if (!sent) return examples::report(sent.error());

  int status = 0;
  self->receive(
      [](const dgram::message_event& event) {
        std::printf("%s from %s\n", std::string(event.data.view()).c_str(),
                    event.sender.to_string().c_str());
      },
      [&](const dgram::error_event& event) { status = examples::report(event.reason); },
      caf::after(timeout) >>
          [&] {
            std::fprintf(stderr, "no answer within %d ms\n", absl::GetFlag(FLAGS_timeout_ms));
            status = 1;
          });
  net.shutdown();
  return status;
}
