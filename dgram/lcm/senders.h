/// All senders that are heard on a group.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/lcm/incoming.h"
#include "caf_dgram/dgram/lcm/reassembly.h"

namespace dgram::lcm {

class senders {
 public:
  using clock = incoming::clock;

  struct limits {
    reassembly_limits reassembly;  ///< For each sender.
    clock::duration patience = std::chrono::milliseconds(200);
    std::size_t senders = 256;  ///< Remembered at a time; at least 1.
    /// Of unfinished messages of all senders together. Beyond it the one with most of them loses
    /// its oldest message.
    std::size_t bytes = std::size_t{256} << 20U;
  };

  using loss_handler = std::function<void(const endpoint& sender, const lost_messages& lost)>;

  explicit senders(limits bounds, loss_handler on_loss)
      : limits_(bounds), on_loss_(std::move(on_loss)) {}

  /// What a sender's datagram brought. Losses are told to the handler, before this returns. A new
  /// sender makes the one that has been silent for longest be forgotten if there are too many.
  incoming::outcome add(const endpoint& sender, const part& datagram, clock::time_point now);

  /// A sender's heartbeat. `since`: from when on the receiver listens.
  void hear(const endpoint& sender, const heartbeat& said, clock::time_point now,
            clock::time_point since);

  /// Tells what is lost by now. To be called about every `patience` while `is_waiting`.
  void give_up(clock::time_point now);

  /// Nothing more will come: tells what is lost by that.
  void finish();

  bool is_waiting() const noexcept;

  struct count {
    endpoint sender;
    incoming::counts counted;
    std::size_t bytes = 0;  ///< Memory for unfinished messages.
  };

  /// Of each that is remembered, by address.
  std::vector<count> counts() const;

  /// Messages of all senders, forgotten ones included.
  std::uint64_t delivered() const noexcept;
  std::uint64_t lost() const noexcept;

  std::uint64_t forgotten() const noexcept { return forgotten_; }

 private:
  struct sender {
    incoming messages;
    clock::time_point heard = {};
  };

  using by_address = std::unordered_map<endpoint, sender, absl::Hash<endpoint>>;

  sender& find_or_begin(const endpoint& who, clock::time_point now);
  void forget_the_silent(clock::time_point now);

  /// Keeps unfinished messages within their limit.
  void make_room();
  void tell(const endpoint& who, const std::vector<lost_messages>& lost);

  const limits limits_;
  const loss_handler on_loss_;
  by_address senders_;
  by_address::value_type* last_ = nullptr;  ///< Most datagrams come in runs of one sender.
  std::uint64_t forgotten_ = 0;
  clock::time_point forgot_at_ = {};    ///< The last of them.
  std::uint64_t delivered_before_ = 0;  ///< By those that are forgotten.
  std::uint64_t lost_before_ = 0;
};

}  // namespace dgram::lcm
