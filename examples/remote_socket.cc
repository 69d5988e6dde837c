// A socket that another process uses. The server publishes a facade of it, which
// permits to send and to subscribe, but not to close the socket or to change it.
//
//   bazel run //examples:remote_socket                        # both, in one process
//
//   bazel run //examples:remote_socket -- --role=serve --port=4712
//   bazel run //examples:remote_socket -- --role=use --port=4712 --message=hi
//
// The user sends a datagram to the socket itself, by the socket, and prints what
// comes. It exits 0 if that is the message, and if the facade refuses to close it.

#include <caf/all.hpp>
#include <caf/io/all.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/facade.h"
#include "caf_dgram/actors/runtime.h"
#include "examples/report.h"
#include "examples/signals.h"

ABSL_FLAG(std::string, role, "demo", "serve, use, or demo for both");
ABSL_FLAG(std::string, host, "127.0.0.1", "where the server is");
ABSL_FLAG(int, port, 0, "TCP port that the socket is published on; 0 lets the server choose");
ABSL_FLAG(std::string, message, "hello", "what to send");

namespace {

using namespace std::chrono_literals;

struct networked : dgram::system_config {
  networked() { dgram::load_module<caf::io::middleman>(*this); }
};

/// A node that publishes a socket.
class server {
 public:
  /// Returns the port that it is published on.
  caf::expected<std::uint16_t> publish(std::uint16_t port) {
    const auto sock = net_.open(dgram::family::udp4, nullptr, {"127.0.0.1", 0});
    if (!sock) return sock.error();
    const auto face = dgram::spawn_facade<dgram::send, dgram::subscribe, dgram::unsubscribe,
                                          dgram::grant, dgram::get_local_address>(*sock);
    if (!face) return face.error();
    return system_.middleman().publish(*face, port, "127.0.0.1");
  }

  void shutdown() { net_.shutdown(); }

 private:
  networked config_;
  caf::actor_system system_{config_};
  dgram::runtime net_{system_};
};

/// A node that uses what another one published; its exit status.
int use(const std::string& host, std::uint16_t port, const std::string& message) {
  networked config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto sock = system.middleman().remote_actor<dgram::socket_actor>(host, port);
  if (!sock) return examples::report(sock.error());
  if (const auto done = dgram::ask(self, *sock, dgram::subscribe{self}, 5s); !done) {
    return examples::report(done.error());
  }
  const auto local = dgram::ask(self, *sock, dgram::get_local_address{}, 5s);
  if (!local) return examples::report(local.error());
  if (const auto sent = dgram::ask(self, *sock, dgram::send{message, *local}, 5s); !sent) {
    return examples::report(sent.error());
  }
  bool came = false;
  self->receive(
      [&](const dgram::message_event& event) {
        std::printf("%s from %s\n", std::string(event.data.view()).c_str(),
                    event.sender.to_string().c_str());
        came = event.data.view() == message;
      },
      caf::after(5s) >> [] { std::fprintf(stderr, "no datagram came\n"); });
  const auto refused = dgram::ask(self, *sock, dgram::close{}, 5s);
  if (refused) return 1;
  std::printf("%s\n", dgram::describe(refused.error()).c_str());
  return came && dgram::code_of(refused.error()) == dgram::errc::not_permitted ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const auto role = absl::GetFlag(FLAGS_role);
  const auto port = static_cast<std::uint16_t>(absl::GetFlag(FLAGS_port));
  if (role == "use") return use(absl::GetFlag(FLAGS_host), port, absl::GetFlag(FLAGS_message));
  if (role != "serve" && role != "demo") {
    std::fprintf(stderr, "--role must be serve, use or demo\n");
    return 2;
  }
  // Before the first thread starts, so that all of them leave the signals to us.
  const examples::termination_signals signals;
  server here;
  const auto published = here.publish(port);
  if (!published) return examples::report(published.error());
  std::printf("published on port %d\n", *published);
  std::fflush(stdout);
  int status = 0;
  if (role == "demo") {
    status = use("127.0.0.1", *published, absl::GetFlag(FLAGS_message));
  } else {
    signals.wait();
  }
  here.shutdown();
  return status;
}
