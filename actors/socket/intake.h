/// The way into a socket: reading, pausing, and the kernel's drops.
///
/// Received datagrams are charged to the socket's memory account until subscribers
/// release them. When it is full, or a subscriber that pauses has no credits, the intake
/// pauses: the descriptor is watched for errors only.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "caf_dgram/actors/socket/drop_counter.h"
#include "caf_dgram/actors/socket/error_log.h"
#include "caf_dgram/actors/socket/part_owner.h"
#include "caf_dgram/actors/socket/subscribers.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/block_list.h"
#include "caf_dgram/dgram/memory/memory_account.h"
#include "caf_dgram/dgram/posix/receiver.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {

/// Used on the socket's loop.
class intake {
 public:
  using clock = std::chrono::steady_clock;

  struct limits {
    std::size_t memory = 0;                     ///< Bytes that subscribers may hold.
    std::shared_ptr<const block_list> blocked;  ///< Senders to drop; null for none.
  };

  /// `on_memory_back` is called on any thread when half of a full account is free.
  intake(part_owner& owner, subscribers& audience, error_log& errors, socket& sock, limits limits,
         std::function<void()> on_memory_back);

  // -- called by the owner ----------------------------------------------------

  /// Asks the kernel to merge datagrams and to report drops, where it supports this.
  void prepare(bool receive_offload);

  /// The descriptor is readable or has an error. Reads, unless paused. `scratch` is an
  /// empty batch whose memory is reused.
  void on_readable(receiver& reader, batch& scratch);

  /// Reads what waits now, unless paused, because the kernel may be about to drop it: all of
  /// it, or as much as one turn reads.
  void drain(receiver& reader, batch& scratch);
  void read_ahead(receiver& reader, batch& scratch);

  /// Of what waits now, drops datagrams of others than the peer: the socket has been
  /// connected, and the kernel heeds that only for those that arrive from now on.
  void hear_only(const endpoint& peer);

  /// The socket has no peer any more.
  void hear_anyone();

  /// The kernel has dropped what waited, if anything did: it does not tell how much.
  void report_unknown_drops();

  /// Subscribers were added, removed, or changed their terms.
  void on_subscribers_changed();

  /// Pauses or resumes; call it when credits or memory may have changed.
  void consider_reading();

  void on_asked_again();

  /// Reports drops and losses; call it at `next_check`.
  void check_drops();

  /// Reports for the last time, also that datagrams are left unread. Nothing may be received
  /// afterwards.
  void finish();

  // -- properties -------------------------------------------------------------

  bool is_paused() const noexcept { return paused_; }

  /// Whether nothing waited in the kernel when it was last read.
  bool is_drained() const noexcept { return drained_; }
  std::optional<clock::time_point> next_check() const noexcept { return next_check_; }

  /// Sets the receiving part of `total`, with the kernel's drops as of now.
  void count_into(statistics& total);

 private:
  /// Reads until the kernel has nothing left or it is the turn of others. False if there is
  /// nothing left, an error, or no room.
  bool receive(receiver& reader, batch& scratch);
  void count(const batch& got, const receive_outcome& outcome);
  void on_error(int error);

  /// Whether subscribers hold all memory; if so, requests a wake-up once half is free.
  bool lacks_memory();

  /// Schedules a check for drops and losses.
  void watch_drops();
  void read_drops();

  /// Whether a datagram that somebody would have got waits; discards it.
  bool has_unread();

  part_owner& owner_;
  subscribers& audience_;
  error_log& errors_;
  socket& socket_;
  const std::shared_ptr<const block_list> blocked_;
  const std::shared_ptr<memory_account> account_;
  receive_terms terms_;
  statistics counted_;  ///< Its receiving part.
  drop_counter drops_;
  std::optional<clock::time_point> next_check_;
  clock::duration check_pace_;
  bool paused_ = false;
  bool asking_ = false;  ///< A call of `on_asked_again` is pending.
  bool finished_ = false;
  bool drained_ = false;
  std::optional<endpoint> only_from_;  ///< Until the queue has been read once.
};

}  // namespace dgram
