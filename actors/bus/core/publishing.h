/// The way out of a bus: numbers, datagrams, heartbeats. Free of sockets and actors.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "caf_dgram/actors/bus/commands.h"
#include "caf_dgram/actors/bus/statistics.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/lcm/writer.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

class publishing {
 public:
  using clock = std::chrono::steady_clock;

  struct terms {
    std::size_t datagram_size = 0;        ///< As for `lcm::cut`.
    std::size_t max_message = 0;          ///< Bytes of a payload.
    bool packs = false;                   ///< As for `lcm::writer`.
    clock::duration first_heartbeat{};    ///< After the last message; 0 for none at all.
    clock::duration longest_heartbeat{};  ///< The interval that silence leads to.
    std::uint64_t instance = 0;           ///< Drawn at random.
  };

  explicit publishing(terms given) : terms_(given), writer_(given.datagram_size, given.packs) {}

  /// Whether messages of that size may be published. Errors: invalid_channel, payload_too_large.
  absl::Status check(const char* operation, std::string_view channel, std::size_t size) const;

  /// Writes a message, which was checked, and returns its number. `share` as for `lcm::writer`.
  /// Errors: queue_full if there is no memory.
  absl::StatusOr<std::uint32_t> add(std::string_view channel, std::string_view bytes,
                                    absl::FunctionRef<payload()> share, clock::time_point now);

  /// Whether `take` returns something.
  bool empty() const noexcept { return writer_.empty(); }

  /// Bytes of datagrams that `take` returns.
  std::size_t bytes() const noexcept { return writer_.bytes(); }

  /// What has been written since the last call.
  batch take() { return writer_.take(); }

  // -- heartbeats ---------------------------------------------------------------

  /// Once something has been published, and never without heartbeats.
  std::optional<clock::time_point> next_heartbeat() const noexcept { return next_heartbeat_; }

  /// Writes a heartbeat if one is due.
  void beat_if_due(clock::time_point now);

  /// Writes one now, if there are any at all.
  void beat(clock::time_point now);

  /// Sets what counts messages and heartbeats.
  void count_into(bus_statistics& total) const noexcept;

 private:
  const terms terms_;
  lcm::writer writer_;
  std::uint32_t next_ = 0;  ///< The number of the next message.
  std::uint64_t published_ = 0;
  std::uint64_t published_bytes_ = 0;
  std::uint64_t heartbeats_ = 0;
  std::optional<clock::time_point> began_;  ///< With the first message.
  std::optional<clock::time_point> next_heartbeat_;
  clock::duration interval_{};             ///< To the heartbeat after that.
  clock::time_point last_heartbeat_ = {};  ///< Or the beginning.
};

}  // namespace dgram
