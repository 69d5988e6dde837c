/// Sends itself a datagram and prints it: a program outside the tree, built by
/// each of the ways that docs/packages.md describes.
#include <caf/all.hpp>
#include <chrono>
#include <cstdio>
#include <string>

#include "actors/runtime.h"
#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/runtime.h"
#include "dgram/endpoint.h"

int report(const caf::error& why) {
  std::fprintf(stderr, "%s\n", dgram::describe(why).c_str());
  return 1;
}

int main() {
  dgram::system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};

  const auto sock = net.open(dgram::family::udp4, self, {consumer::host(), 0});
  if (!sock) return report(sock.error());
  const auto local = dgram::ask(self, *sock, dgram::get_local_address{});
  if (!local) return report(local.error());
  dgram::tell(self, *sock, dgram::send{consumer::greeting(), *local});
  int status = 1;
  self->receive(
      [&](const dgram::message_event& event) {
        const std::string text(event.data.view());
        std::printf("%s from %s\n", text.c_str(), event.sender.to_string().c_str());
        status = text == consumer::greeting() ? 0 : 1;
      },
      [](const dgram::error_event& event) { report(event.reason); },
      caf::after(std::chrono::seconds(5)) >>
          [] { std::fprintf(stderr, "no datagram within 5 s\n"); });
  return status;
}
