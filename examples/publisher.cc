#include "examples/publisher.h"

#include <string>
#include <thread>
#include <utility>

#include "examples/report.h"

namespace examples {

int publish(dgram::runtime& net, caf::scoped_actor& self, const publication& what) {
  const auto sock = net.open(what.group.family());
  if (!sock) return report(sock.error()), 0;
  caf::error failed;
  const auto keep = [&](caf::error& why) { failed = std::move(why); };
  self->request(*sock, caf::infinite, dgram::set_multicast_interface{what.interface})
      .receive([] {}, keep);
  if (!failed) {
    self->request(*sock, caf::infinite, dgram::set_multicast_ttl{what.ttl}).receive([] {}, keep);
  }
  int sent = 0;
  for (int i = 1; i <= what.count && !failed; ++i) {
    if (i > 1) std::this_thread::sleep_for(what.interval);
    const auto text = "message " + std::to_string(i) + " of " + std::to_string(what.count);
    self->request(*sock, caf::infinite, dgram::send{text, what.group})
        .receive([&](std::uint64_t) { ++sent; }, keep);
  }
  if (failed) report(failed);
  self->send(*sock, dgram::close{});
  return sent;
}

}  // namespace examples
