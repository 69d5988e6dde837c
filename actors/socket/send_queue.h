/// Datagrams waiting to be handed to the kernel.
///
///   send_queue queue(observer);
///   queue.push({data, {}, data.size(), peer, reply});
///   switch (queue.flush(sock, now, effort)) { … }
///
/// Datagrams leave in as few system calls as their order allows: several per call, and
/// runs of equal size to one destination as one message that the kernel cuts up
/// (dgram/posix/transmit.h).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "caf_dgram/actors/send_queue_limits.h"
#include "caf_dgram/actors/send_rate.h"
#include "caf_dgram/actors/socket/full_peers.h"
#include "caf_dgram/actors/socket/outgoing.h"
#include "caf_dgram/actors/socket/outgoing_queue.h"
#include "caf_dgram/actors/socket/send_pacer.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/ip_address.h"
#include "caf_dgram/dgram/payload.h"
#include "caf_dgram/dgram/posix/segmentation.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "caf_dgram/dgram/posix/transmit.h"

namespace dgram {

/// What a queue has done so far.
struct send_counters {
  std::uint64_t datagrams = 0;  ///< Handed to the kernel.
  std::uint64_t bytes = 0;
  std::uint64_t offloaded = 0;         ///< Those sent as segments of one message (UDP_SEGMENT).
  std::uint64_t offload_refusals = 0;  ///< Segmented messages that the kernel refused.
  std::uint64_t failures = 0;          ///< Datagrams that the kernel refused.
  std::uint64_t retries = 0;           ///< Flushes that left datagrams for later.
};

/// Used on the socket's loop only.
class send_queue {
 public:
  /// Notified of each datagram's outcome during `flush`.
  class observer {
   public:
    virtual ~observer() = default;

    /// The kernel took `count` datagrams of `what` with `bytes` bytes.
    virtual void on_sent(outgoing& what, std::size_t count, std::size_t bytes) = 0;

    /// The kernel refused the first datagram of `what` for good.
    virtual void on_send_failed(outgoing& what, int error) = 0;

    /// The kernel reported the error of an earlier datagram on this call (udp(7): ICMP
    /// errors of a connected socket). The current datagram is unaffected.
    virtual void on_earlier_error(int error) = 0;
  };

  using clock = full_peers::clock;

  /// Why datagrams are left after a flush. Those that wait for full Unix peers are not
  /// meant: see `next_try`.
  enum class backlog : std::uint8_t {
    none,            ///< There are no others.
    more,            ///< The effort was used up.
    until_writable,  ///< The socket's buffer is full: wait for the poller.
    until_retry,     ///< A device queue is full, which the poller cannot report: try again
                     ///< after a delay.
    until_allowed,   ///< The rate does not allow more before `next_allowed`.
  };

  /// What a flush may cost before other sockets get their turn: a unit for each datagram,
  /// and one for each KiB.
  struct effort {
    std::size_t left;

    static constexpr effort unlimited() noexcept { return {static_cast<std::size_t>(-1)}; }
    void spend(std::size_t datagrams, std::size_t bytes) noexcept {
      left -= std::min(left, datagrams + bytes / 1024);
    }
  };

  explicit send_queue(observer& observer, send_queue_limits limits = {},
                      const std::optional<send_rate>& rate = {})
      : observer_(observer), limits_(limits), pacer_(rate) {}

  /// How many datagrams of `what` there is room for.
  std::size_t room_for(const outgoing& what) const noexcept;

  /// Whether there is room for so much.
  bool has_room(std::size_t datagrams, std::size_t bytes) const noexcept {
    return datagrams_ + datagrams <= limits_.datagrams && bytes_ + bytes <= limits_.bytes;
  }

  /// Whether at most half of each limit is used.
  bool is_half_empty() const noexcept {
    return datagrams_ <= limits_.datagrams / 2 && bytes_ <= limits_.bytes / 2;
  }

  /// Whether a limit is used up.
  bool is_full() const noexcept {
    return datagrams_ >= limits_.datagrams || bytes_ >= limits_.bytes;
  }

  /// Appends; the caller enforces the limits.
  void push(outgoing&& what);

  /// The same for a datagram that nobody is told of. `to` is null for the connected peer.
  void push_plain(payload&& data, const endpoint* to, const ip_address& from) {
    ++datagrams_;
    bytes_ += data.size();
    ready_.push_plain(std::move(data), to, from);
  }

  bool empty() const noexcept { return ready_.empty() && full_.empty(); }

  /// Whether a flush would offer the kernel anything now, full Unix peers apart.
  bool has_ready() const noexcept { return !ready_.empty(); }

  // Queued now.
  std::size_t datagrams() const noexcept { return datagrams_; }
  std::size_t bytes() const noexcept { return bytes_; }

  const send_counters& counters() const noexcept { return counters_; }

  /// Hands over as many datagrams as the kernel takes, in order for each destination, and
  /// tries full Unix peers that are due. A failed datagram is reported to the observer and
  /// does not stop later ones.
  backlog flush(socket& sock, clock::time_point now, effort& may);

  /// When datagrams to the next full Unix peer have to be tried.
  std::optional<clock::time_point> next_try() const { return full_.next_try(); }

  /// When the rate allows more, after a flush that left datagrams because of it.
  clock::time_point next_allowed() const noexcept { return pacer_.next(); }

  /// What was learned about the connected peer's offload does not hold for the next.
  void forget_peer() noexcept {
    if (offload_) offload_->forget_peer();
  }

  /// Addresses datagrams for the connected peer explicitly, since the socket is about to
  /// lose it.
  void address_to(const endpoint& peer);

  /// Removes and returns everything queued.
  std::vector<outgoing> take_all();

 private:
  /// Why a flush of some datagrams stopped.
  enum class verdict : std::uint8_t {
    go_on,
    until_writable,
    until_retry,
    until_allowed,
    peer_is_full
  };

  /// The one verdict on offload that has to be confirmed: if the datagrams of a refused
  /// message leave one by one, segmentation was the cause.
  struct suspicion {
    int error;
    std::optional<endpoint> to;
    std::size_t segment_size;
  };

  /// Offers what waits to the kernel until the effort is used up or a verdict stops it.
  verdict offer(socket& sock, outgoing_queue& from, effort& may);

  /// Fills the plan from the front with what the rate allows, or a datagram more.
  void collect(transmit_plan& plan, const outgoing_queue& from) const;

  /// The kernel took this many datagrams from the front.
  void taken(const transmit& what, outgoing_queue& from);

  /// The kernel refused the message that starts at the front.
  verdict refused(socket& sock, const transmit& what, int error, outgoing_queue& from);

  /// The front's first datagram failed.
  void fail_front(int error, outgoing_queue& from);

  /// Removes datagrams from the front entry, which keeps the rest.
  void advance_front(std::size_t count, std::size_t bytes, outgoing_queue& from);

  observer& observer_;
  const send_queue_limits limits_;
  send_pacer pacer_;
  std::optional<segmentation> offload_;  ///< Probed by the first flush of several datagrams.
  std::optional<suspicion> suspected_;
  outgoing_queue ready_;
  full_peers full_;
  std::size_t alone_ = 0;  ///< Datagrams from the front of `ready_` on to send one by one.
  std::size_t datagrams_ = 0;
  std::size_t bytes_ = 0;
  send_counters counters_;
};

}  // namespace dgram
