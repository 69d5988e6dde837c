#include "bench/soak_actors.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>

#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "tests/support/unresolvable.h"

namespace dgram::bench {
namespace {

/// What a sender tells itself.
constexpr int next_burst = 0;

/// Any size, mostly small ones.
std::size_t some_size(std::mt19937_64& random, std::size_t largest) {
  const auto size = static_cast<std::size_t>(random() % 1500);
  return std::min(random() % 16 == 0 ? static_cast<std::size_t>(random() % 65'508) : size, largest);
}

batch some_batch(std::mt19937_64& random, const endpoint& to, std::size_t largest) {
  batch result;
  for (auto runs = 1 + random() % 4; runs > 0; --runs) {
    const auto segment = 1 + std::min<std::size_t>(random() % 1400, largest - 1);
    result.add_segments(std::string(segment * (1 + random() % 40), 'b'), segment, to);
  }
  return result;
}

/// To the destination by a name that every host has, and to one that has no address and is not
/// sent to any name server.
void send_by_name(caf::event_based_actor* self, const socket_actor& sock, const endpoint& to) {
  if (to.family() == family::udp4) {
    tell(self, sock, dgram::send{"by name", "localhost", to.port()});
  }
  if (is_udp(to.family())) tell(self, sock, dgram::send{"lost", testing::unresolvable, 9});
}

}  // namespace

caf::behavior soak_subscriber(caf::event_based_actor* self, const std::shared_ptr<tally>& counts,
                              bool slow, std::int64_t credits) {
  const auto take = [counts, slow](std::size_t datagrams) {
    if (slow && !counts->hurry) std::this_thread::sleep_for(std::chrono::microseconds(200));
    counts->datagrams += datagrams;
  };
  return quiet_behavior<caf::behavior>(
      *self, [take](const message_event&) { take(1); },
      [take](const batch_event& event) { take(event.datagrams.size()); },
      [counts](const overrun_event& event) { counts->reported_lost += event.lost; },
      [self, credits](const passive_event&) {
        const auto sock = caf::actor_cast<socket_actor>(self->current_sender());
        tell(self, sock, grant{self, std::max<std::int64_t>(credits, 1)});
      });
}

caf::behavior soak_sender(caf::event_based_actor* self, const socket_actor& sock,
                          const soak_destinations& where,
                          const std::shared_ptr<std::atomic<bool>>& stop, std::uint64_t seed) {
  const auto to = where.target;
  const auto random = std::make_shared<std::mt19937_64>(seed);
  const std::size_t largest = is_udp(to.family()) ? 65'507 : 65'536;
  send_message(self, self, next_burst);
  return quiet_behavior<caf::behavior>(*self, [=](int) {
    if (*stop) return self->quit();
    switch ((*random)() % 6) {
      case 0:
        tell(self, sock, send_batch{some_batch(*random, to, largest)});
        break;
      case 1:
        tell(self, sock, dgram::send{std::vector<payload>{"two ", "parts"}, to});
        break;
      case 2:
        send_by_name(self, sock, to);
        break;
      case 3:
        if (to.family() == where.stuck.family())
          tell(self, sock, dgram::send{"stuck", where.stuck});
        break;
      default:
        break;
    }
    const auto size = some_size(*random, largest);
    for (auto left = (*random)() % 32; left > 0; --left) {
      tell(self, sock, dgram::send{std::string(size, 's'), to});
    }
    const auto go_on = [self] { send_message(self, self, next_burst); };
    send_request(self, sock, caf::infinite,
                 dgram::send{std::string(some_size(*random, largest), 'r'), to})
        .then([go_on](std::uint64_t) { go_on(); },
              [self, go_on](const caf::error& why) {
                if (code_of(why) == errc::closed) return self->quit();
                go_on();
              });
  });
}

}  // namespace dgram::bench
