// A socket that sends itself a datagram: the program in the README.
//
//   bazel run //examples:hello
//   bazel run //examples:hello -- 41234     # on a port of your choice

#include <caf/all.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/runtime.h"

int report(const caf::error& why) {
  std::fprintf(stderr, "%s\n", dgram::describe(why).c_str());
  return 1;
}

int main(int argc, char** argv) {
  dgram::system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};

  const int port = argc > 1 ? std::atoi(argv[1]) : 0;
  const auto sock = net.open(dgram::family::udp4, self, {"127.0.0.1", port});
  if (!sock) return report(sock.error());  // "bind 127.0.0.1:53: EACCES (Permission denied)"

  const auto local = dgram::ask(self, *sock, dgram::get_local_address{});
  if (!local) return report(local.error());
  dgram::tell(self, *sock, dgram::send{"hello", *local});
  int status = 0;
  self->receive(
      [](const dgram::message_event& event) {
        std::printf("%s from %s\n", std::string(event.data.view()).c_str(),
                    event.sender.to_string().c_str());
      },
      [&](const dgram::error_event& event) { status = report(event.reason); });
  return status;
}
