#include "caf_dgram/actors/socket/full_peers.h"

#include <algorithm>

namespace dgram {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds first_delay{1};
constexpr milliseconds longest_delay{32};

/// Lengthens the delays where many peers are full: all together are tried at most 10,000
/// times a second.
constexpr microseconds delay_per_peer{100};

}  // namespace

void full_peers::push(outgoing&& what, clock::time_point now) {
  const auto [peer, is_new] =
      peers_.try_emplace(*what.to, waiting_for_room{{}, {first_delay, longest_delay}});
  peer->second.waiting.push(std::move(what));
  if (is_new) schedule(*peer, now);
}

void full_peers::schedule(map::value_type& peer, clock::time_point now) {
  const auto shared = delay_per_peer * static_cast<std::int64_t>(peers_.size());
  tries_.set(&peer.first, now + std::max<clock::duration>(peer.second.delay.next(), shared));
}

void full_peers::move_to(std::vector<outgoing>& into) {
  for (auto& [to, peer] : peers_) peer.waiting.move_to(into);
  peers_.clear();
  tries_ = {};
}

}  // namespace dgram
