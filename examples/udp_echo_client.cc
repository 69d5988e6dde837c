// Sends datagrams to an echo server, one after the other, and prints what comes
// back and how long it took. Exits 0 only if every one came back.
//
//   bazel run //examples:udp_echo_client -- --host=localhost --port=41234 --count=3

#include <chrono>
#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
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

  caf::actor_system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};
  const auto sock = net.open(family, self);
  if (!sock) return examples::report(sock.error());

  bool failed = false;
  const auto fail = [&](const caf::error& why) {
    examples::report(why);
    failed = true;
  };
  // Connected, the socket hears of a server that is not there.
  self->request(*sock, caf::infinite,
                dgram::connect{{absl::GetFlag(FLAGS_host), absl::GetFlag(FLAGS_port)}})
      .receive([](const dgram::endpoint&) {}, fail);
  for (int i = 0; i < absl::GetFlag(FLAGS_count) && !failed; ++i) {
    const auto start = clock::now();
    self->send(*sock, dgram::send{absl::GetFlag(FLAGS_message)});
    self->receive(
        [&](const dgram::message_event& event) {
          const std::chrono::duration<double, std::micro> took = clock::now() - start;
          std::printf("%s from %s in %.0f us\n", std::string(event.data.view()).c_str(),
                      event.sender.to_string().c_str(), took.count());
        },
        [&](const dgram::error_event& event) { fail(event.reason); },
        caf::after(timeout) >>
            [&] {
              std::fprintf(stderr, "no answer within %d ms\n", absl::GetFlag(FLAGS_timeout_ms));
              failed = true;
            });
  }
  net.shutdown();
  return failed ? 1 : 0;
}
