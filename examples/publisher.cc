#include "examples/publisher.h"

#include <caf/all.hpp>

#include <string>
#include <thread>
#include <utility>

#include "caf_dgram/actors/ask.h"
#include "examples/report.h"

namespace examples {

caf::expected<publisher> open_publisher(const dgram::runtime& net, caf::scoped_actor& self,
                                        const publication& what) {
  dgram::open_options with;
  with.options = {{dgram::option::multicast_interface, what.interface},
                  {dgram::option::multicast_ttl, what.ttl}};
  with.local = dgram::address();
  const auto sock = net.open(what.group.family(), with);
  if (!sock) return sock.error();
  const auto local = dgram::ask(self, *sock, dgram::get_local_address{});
  if (!local) return local.error();
  return publisher{*sock, local->port()};
}

int publish(const publisher& from, caf::scoped_actor& self, const publication& what) {
  caf::error failed;
  int sent = 0;
  for (int i = 1; i <= what.count && !failed; ++i) {
    if (i > 1) std::this_thread::sleep_for(what.interval);
    const auto text = "message " + std::to_string(i) + " of " + std::to_string(what.count);
    const auto bytes = dgram::ask(self, from.sock, dgram::send{text, what.group});
    if (bytes) {
      ++sent;
    } else {
      failed = bytes.error();
    }
  }
  if (failed) report(failed);
  dgram::tell(self, from.sock, dgram::close{});
  return sent;
}

}  // namespace examples
