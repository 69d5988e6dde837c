// Sends datagrams to an echo server, one after the other, and prints each echo with its
// round-trip time. Exits 0 only if every datagram came back.
//
//   bazel run //examples:udp_echo_client -- --host=localhost --port=41234 --count=3

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

ABSL_FLAG(std::string, host, "localhost", "name or address of the server");
ABSL_FLAG(int, port, 41234, "port of the server");
ABSL_FLAG(bool, ipv6, false, "use IPv6");
ABSL_FLAG(std::string, message, "hello", "what to send");
ABSL_FLAG(int, count, 1, "how often");
ABSL_FLAG(int, timeout_ms, 2000, "how long to wait for each answer");

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  using clock = std::chrono::steady_clock;
  const auto family = absl::GetFlag(FLAGS_ipv6) ? dgram::family::udp6 : dgram::family::udp4;
  const std::chrono::milliseconds timeout{absl::GetFlag(FLAGS_timeout_ms)};

  dgram::system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};
  dgram::open_options with;
  // A connected socket gets an ICMP error if no server is there.
  with.peer = {absl::GetFlag(FLAGS_host), absl::GetFlag(FLAGS_port)};
  with.listener = self;
  const auto sock = net.open(family, with);
  if (!sock) return examples::report(sock.error());

  bool failed = false;
  for (int i = 0; i < absl::GetFlag(FLAGS_count) && !failed; ++i) {
    const auto start = clock::now();
    dgram::tell(self, *sock, dgram::send{absl::GetFlag(FLAGS_message)});
    self->receive(
        [&](const dgram::message_event& event) {
          const std::chrono::duration<double, std::micro> took = clock::now() - start;
          std::printf("%s from %s in %.0f us\n", std::string(event.data.view()).c_str(),
                      event.sender.to_string().c_str(), took.count());
        },
        [&](const dgram::error_event& event) { failed = examples::report(event.reason) != 0; },
        caf::after(timeout) >>
            [&] {
              std::fprintf(stderr, "no answer within %d ms\n", absl::GetFlag(FLAGS_timeout_ms));
              failed = true;
            });
  }
  net.shutdown();
  return failed ? 1 : 0;
}
