/// The way into a bus: from datagrams to the messages of subscribers.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "caf_dgram/actors/bus/core/subscriptions.h"
#include "caf_dgram/actors/bus/statistics.h"
#include "caf_dgram/actors/socket/event_budget.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/lcm/senders.h"

namespace dgram {

class hearing {
 public:
  using clock = lcm::senders::clock;

  hearing(subscriptions& audience, lcm::senders::limits bounds);

  /// The bus has joined its group: what senders have sent before is not missed.
  void begin(clock::time_point now) noexcept { since_ = now; }

  /// Has what comes from there dropped.
  void ignore(const endpoint& sender) { ignored_ = sender; }

  /// Takes datagrams, and hands over the messages that they bring.
  void take(const batch& datagrams, clock::time_point now);

  /// Publishes what is lost by now. To be called about every patience while `is_waiting`.
  void give_up(clock::time_point now) { senders_.give_up(now); }

  /// The bus ends: publishes what is lost by that.
  void finish() { senders_.finish(); }

  bool is_waiting() const noexcept { return senders_.is_waiting(); }

  /// Sets what counts incoming messages.
  void count_into(bus_statistics& total) const;

 private:
  class stretch;

  void take(const datagram_run& run, const datagram_ends& ends, clock::time_point now);

  enum class place_in_pack : std::uint8_t { none, first, later };

  /// Takes what is a datagram, or was one of a pack: one of messages of `size` bytes each.
  void take(std::string_view datagram, std::size_t size, place_in_pack where, stretch& together,
            const datagram_ends& ends, clock::time_point now);

  void reject(lcm::flaw what) noexcept { ++rejected_[static_cast<std::size_t>(what)]; }

  void tell(const endpoint& sender, const lcm::lost_messages& lost);

  /// Passes on messages of one channel: `bytes` are datagrams of `size` bytes each.
  void pass_on(std::string_view channel, const payload& bytes, std::size_t size,
               const datagram_ends& ends);

  subscriptions& audience_;
  clock::time_point since_ = clock::time_point::max();
  std::optional<endpoint> ignored_;
  lcm::senders senders_;
  event_budget losses_told_{1000, std::chrono::milliseconds(1)};
  std::array<std::uint64_t, lcm::flaws> rejected_ = {};
  std::uint64_t unwanted_ = 0;
};

}  // namespace dgram
