/// What comes from one sender: each message once, and of each that does not come, where it was
/// lost.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/lcm/heartbeat.h"
#include "caf_dgram/dgram/lcm/loss_place.h"
#include "caf_dgram/dgram/lcm/reassembly.h"
#include "caf_dgram/dgram/lcm/sequence_window.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram::lcm {

/// Consecutive messages of one sender that were lost at one place.
struct lost_messages {
  loss_place place = loss_place::network;
  sequence_range which;
  std::string channel = {};  ///< Of a single message whose first fragment came; else empty.
};

/// Judges the datagrams of one sender. Every message is counted once, as delivered or at one place
/// of loss; what has been counted or is too late is a repetition, whatever it holds. What the
/// sender sent before its first datagram came is not counted, unless `begin` told where it began.
///
/// A message is lost once later ones have come for the patience and nothing of it has, or once none
/// of its missing fragments has come for that long. What follows an unfinished message waits with
/// it. Both are lost earlier when `sequence_window::size` later messages have come.
class incoming {
 public:
  using clock = reassembly::clock;

  /// What a datagram brought.
  enum class gain : std::uint8_t {
    nothing,        ///< Other fragments are missing, or the message was lost.
    short_message,  ///< All of a message; its bytes are in the datagram.
    long_message,   ///< The last missing fragment: `outcome` has the message.
    repetition,     ///< Of a message that is counted already, or that comes too late.
  };

  struct outcome {
    gain what = gain::nothing;
    std::string channel;  ///< Of a long message.
    payload message;      ///< A long one.
    payload datagram;     ///< The same memory, as if it were a short message.
    std::vector<lost_messages> lost;
  };

  struct counts {
    std::uint64_t delivered = 0;                       ///< Messages.
    std::array<std::uint64_t, loss_places> lost = {};  ///< Messages, by `loss_place`.
    std::uint64_t repeated = 0;                        ///< Datagrams.
    std::uint64_t restarts = 0;                        ///< Times that the sender began anew.
  };

  /// Precondition: the patience is above 0.
  explicit incoming(reassembly_limits limits = {},
                    clock::duration patience = std::chrono::milliseconds(200))
      : patience_(patience), unfinished_(limits) {}

  /// Takes a datagram that `parse` accepted.
  ///
  /// LCM does not tell when a sender begins anew with 0. It is found where a message begins, after
  /// a silence of the patience, with an old number that is not the latest, or where three in a row
  /// are older than all that may still come, of each pack the first one. The first messages of a
  /// sender that is quicker are repetitions.
  outcome add(const part& datagram, clock::time_point now);

  /// The sender says that its next message has this number: at first, or because it has begun anew.
  /// Returns what is lost by that.
  std::vector<lost_messages> begin(std::uint32_t next, clock::time_point now);

  /// The sender says that its latest message has this number. Of use once it has begun.
  void expect(std::uint32_t latest, clock::time_point now) noexcept;

  /// Takes a heartbeat. Returns what is lost by that: what came before a restart, and the first
  /// messages of a sender that has begun after `since`, from when on the receiver listens. Where a
  /// heartbeat is the first to tell of a restart, and messages have come since the last one, nobody
  /// knows of which instance they were: counting begins behind the latest one then.
  std::vector<lost_messages> hear(const heartbeat& said, clock::time_point now,
                                  clock::time_point since);

  /// Says what is lost by now. To be called about every `patience` while it `is_waiting`.
  std::vector<lost_messages> give_up(clock::time_point now);

  /// Gives up the oldest unfinished message, to make room. Returns what is lost by that.
  std::vector<lost_messages> make_room();

  /// Nothing more will come: says what is lost by that.
  std::vector<lost_messages> finish();

  /// Whether messages are not settled yet.
  bool is_waiting() const noexcept;

  const counts& counted() const noexcept { return counted_; }

  /// Memory for unfinished messages.
  std::size_t bytes() const noexcept { return unfinished_.bytes(); }

 private:
  using losses = std::vector<lost_messages>;

  /// Whether a datagram with an old number shows that the sender has begun anew.
  bool is_restart(const part& old, clock::time_point now) noexcept;

  /// Raises `latest_`.
  void reach(std::uint32_t sequence) noexcept;

  void lose(loss_place place, sequence_range which, std::string channel, losses& lost);
  void lose(reassembly::loss given_up, losses& lost);

  /// Accounts for what the reassembly gave up, and for what comes too late once that and other
  /// messages are over.
  void lose(std::vector<reassembly::loss> given_up, std::vector<std::uint32_t> over, losses& lost);

  /// Accounts for what never came whole.
  void lose(const std::vector<sequence_range>& missed, losses& lost);

  /// Accounts for what is missing up to a number.
  void settle(std::uint32_t upto, losses& lost);

  const clock::duration patience_;
  reassembly unfinished_;
  sequence_window window_;
  std::optional<std::uint64_t> instance_;  ///< Of the sender, as its last heartbeat said.
  bool has_begun_anew_ = false;            ///< As datagrams show, since that heartbeat.
  bool has_news_ = false;                  ///< Datagrams have come since that heartbeat.
  std::uint32_t first_ = 0;                ///< The number with which the window has begun.
  std::uint32_t latest_ = 0;               ///< Heard or told of, once the window has begun.
  std::uint32_t due_ = 0;                  ///< The latest one at `due_since_`.
  clock::time_point due_since_ = {};
  clock::time_point heard_ = {};  ///< When the sender last spoke.
  std::uint32_t last_old_ = 0;    ///< The last number that was too old.
  int old_in_a_row_ = 0;          ///< Such messages since one that was not.
  counts counted_;
};

}  // namespace dgram::lcm
