#include "examples/publisher.h"

#include <string>
#include <thread>
#include <utility>

#include "examples/report.h"

namespace examples {

caf::expected<publisher> open_publisher(dgram::runtime& net, caf::scoped_actor& self,
                                        const publication& what) {
  const auto sock = net.open(what.group.family());
  if (!sock) return sock.error();
  publisher result{*sock, 0};
  caf::error failed;
  const auto keep = [&](caf::error& why) { failed = std::move(why); };
  self->request(*sock, caf::infinite, dgram::bind{})
      .receive([&](const dgram::endpoint& local) { result.port = local.port(); }, keep);
  self->request(*sock, caf::infinite, dgram::set_multicast_interface{what.interface})
      .receive([] {}, keep);
  self->request(*sock, caf::infinite, dgram::set_multicast_ttl{what.ttl}).receive([] {}, keep);
  if (failed) return failed;
  return result;
}

int publish(const publisher& from, caf::scoped_actor& self, const publication& what) {
  caf::error failed;
  int sent = 0;
  for (int i = 1; i <= what.count && !failed; ++i) {
    if (i > 1) std::this_thread::sleep_for(what.interval);
    const auto text = "message " + std::to_string(i) + " of " + std::to_string(what.count);
    self->request(from.sock, caf::infinite, dgram::send{text, what.group})
        .receive([&](std::uint64_t) { ++sent; }, [&](caf::error& why) { failed = std::move(why); });
  }
  if (failed) report(failed);
  self->send(from.sock, dgram::close{});
  return sent;
}

}  // namespace examples
