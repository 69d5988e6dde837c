/// Puts the messages of one sender together from their fragments, in bounded memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram::lcm {

struct reassembly_limits {
  /// Of all unfinished messages, with what is noted about their fragments.
  std::size_t bytes = 32U << 20U;
  std::size_t messages = 100;
  std::size_t message_size = 16U << 20U;  ///< Of a payload.
};

/// Fragments may come in any order, and repeatedly.
class reassembly {
 public:
  /// What became of a fragment.
  enum class fate : std::uint8_t {
    kept,           ///< Others are missing.
    completed,      ///< The message is whole.
    duplicate,      ///< It had come before, or its message is over.
    contradictory,  ///< It does not fit the others; the message that they make is lost.
    too_large,      ///< Its message is beyond the limits.
  };

  /// A message that never becomes whole.
  struct loss {
    std::uint32_t sequence = 0;
    std::string channel;  ///< Empty if the first fragment did not come.
  };

  struct outcome {
    fate what = fate::kept;
    std::string channel;  ///< Of the completed message.
    payload message;
    std::vector<loss> lost;  ///< Given up, for room or because of a contradiction.
  };

  explicit reassembly(reassembly_limits limits = {}) : limits_(limits) {}

  /// Takes a fragment, as read by `parse`: copies its bytes, which is the message's only copy.
  outcome add(const part& fragment);

  /// Gives up all unfinished messages: the sender has started anew, and its sequence numbers with
  /// it.
  std::vector<loss> clear();

  std::size_t messages() const noexcept { return unfinished_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct extent {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    bool is_there = false;
  };

  struct message {
    std::uint64_t age = 0;  ///< Counts messages as they begin.
    std::string channel;
    std::uint32_t size = 0;
    std::shared_ptr<char> bytes;
    std::vector<extent> extents;  ///< One for each fragment.
    std::size_t missing = 0;

    /// Whether the fragments, all of which are there, are its bytes in order.
    bool is_gapless() const noexcept;
  };

  using messages_by_sequence = std::map<std::uint32_t, message>;

  static std::size_t cost_of(std::size_t size, std::size_t fragments) noexcept {
    return sizeof(messages_by_sequence::value_type) + size + fragments * sizeof(extent);
  }

  /// Makes room for a message of that cost.
  void evict_for(std::size_t cost, std::vector<loss>& lost);

  loss give_up(messages_by_sequence::iterator which);
  void forget(messages_by_sequence::iterator which);

  bool is_over(std::uint32_t sequence) const noexcept;

  const reassembly_limits limits_;
  messages_by_sequence unfinished_;
  std::size_t bytes_ = 0;
  std::uint64_t begun_ = 0;

  /// The last messages that were completed or given up, whose late fragments begin no other.
  std::array<std::uint32_t, 64> over_{};
  std::size_t overs_ = 0;  ///< Ever added.
};

}  // namespace dgram::lcm
