/// Puts the messages of one sender together from their fragments, in bounded memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "caf_dgram/dgram/byte_owner.h"
#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/lcm/sequence_window.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram::lcm {

struct reassembly_limits {
  /// Of all unfinished messages, with what is noted about their fragments.
  std::size_t bytes = 32U << 20U;
  std::size_t messages = 100;
  std::size_t message_size = 16U << 20U;  ///< Of a payload.
};

/// At most so much is noted about a message and its fragments.
inline constexpr std::size_t reassembly_overhead = std::size_t{64} << 10U;

/// Fragments may come in any order, and repeatedly. All but the first and the last of a message
/// have one size, as every sender of LCM cuts them. Remembers nothing of messages that are over:
/// the caller does not pass on their late fragments.
class reassembly {
 public:
  using clock = std::chrono::steady_clock;

  /// What became of a fragment.
  enum class fate : std::uint8_t {
    kept,           ///< Others are missing.
    completed,      ///< The message is whole.
    duplicate,      ///< It had come before.
    refused,        ///< Its message is beyond the limits, or there is no memory for its bytes.
    contradictory,  ///< It does not fit the others: the message is lost.
  };

  /// Why a message never becomes whole.
  enum class cause : std::uint8_t {
    evicted,        ///< It was the oldest when another needed room.
    contradictory,  ///< Fragments did not fit together.
    overdue,        ///< Given up by `give_up_before`.
    dropped,        ///< Given up by `drop`.
  };

  struct loss {
    cause why = cause::evicted;
    std::uint32_t sequence = 0;
    std::string channel;        ///< Empty if the first fragment did not come.
    std::size_t fragments = 0;  ///< Of the message.
    std::size_t missing = 0;    ///< Of them.
  };

  struct outcome {
    fate what = fate::kept;
    std::string channel;  ///< Of the completed message.
    payload message;
    payload datagram;        ///< The same memory, as if it were a short message.
    std::vector<loss> lost;  ///< Each lost message, once.
  };

  explicit reassembly(reassembly_limits limits = {}) : limits_(limits) {}

  /// Takes a fragment that `parse` accepted; copies its bytes, which is the message's only copy.
  outcome add(const part& fragment, clock::time_point now);

  /// Gives up messages of which no fragment has come since then.
  std::vector<loss> give_up_before(clock::time_point then);

  /// Gives up the messages with these numbers, the first one first.
  std::vector<loss> drop(sequence_range which);

  /// Gives up the message that began first, if there is one.
  std::optional<loss> evict_oldest();

  /// The number of the unfinished message that comes first, counted from a number on.
  std::optional<std::uint32_t> first_from(std::uint32_t number) const;

  std::size_t messages() const noexcept { return unfinished_.size(); }

  /// At most `reassembly_limits::bytes`.
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  /// A message with some of its fragments.
  struct message {
    std::uint64_t age = 0;  ///< Counts messages as they begin.
    clock::time_point last = {};
    std::string channel;
    std::uint32_t size = 0;
    std::uint16_t count = 0;
    std::size_t missing = 0;
    std::vector<bool> is_there = {};
    byte_owner_ref owner = {};
    char* bytes = nullptr;  ///< In `owner`, with room for a short message's header before them.

    // Learnt from the fragments.
    std::optional<std::uint32_t> first = {};  ///< Bytes in the first fragment.
    std::optional<std::uint32_t> other = {};  ///< In each of those between.
    std::optional<std::uint32_t> last_offset = {};

    /// Whether a fragment fits the others. Learns from it.
    bool agrees(const part& fragment);
  };

  using messages_by_sequence = std::map<std::uint32_t, message>;

  static std::size_t cost_of(std::size_t size, std::size_t fragments) noexcept {
    return sizeof(messages_by_sequence::value_type) + max_short_header_size + size + fragments / 8;
  }

  /// The message of a fragment, begun if need be; none if it is refused.
  messages_by_sequence::iterator find_or_begin(const part& fragment, std::vector<loss>& lost);

  loss give_up(messages_by_sequence::iterator which, cause why);
  void forget(messages_by_sequence::iterator which);

  const reassembly_limits limits_;
  messages_by_sequence unfinished_;
  std::size_t bytes_ = 0;
  std::uint64_t begun_ = 0;
};

}  // namespace dgram::lcm
