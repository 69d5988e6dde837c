/// Datagrams waiting to be handed to the kernel.
///
///   send_queue queue(observer);
///   queue.push({data, {}, data.size(), peer, reply});
///   switch (queue.flush(sock)) { … }
///
/// Datagrams leave in as few system calls as their order allows: several per call, and
/// runs of equal size to one destination as one message that the kernel cuts up
/// (dgram/posix/transmit.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "absl/types/span.h"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/send_queue_limits.h"
#include "caf_dgram/actors/socket/reply.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/payload.h"
#include "caf_dgram/dgram/posix/segmentation.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "caf_dgram/dgram/posix/transmit.h"

namespace dgram {

/// The outcome of a `send_batch` so far. The batch is queued run by run.
struct batch_receipt {
  reply<batch_result> owed;
  batch_result so_far;
  std::size_t outstanding = 0;  ///< Datagrams without an outcome yet.
};

/// One queued datagram, or a run of them.
struct outgoing {
  payload data;
  std::vector<payload> buffers;  ///< If not empty, the datagram instead of `data`.
  std::size_t segment_size = 0;  ///< `data` is cut into datagrams of this size.
  std::optional<endpoint> to;    ///< nullopt for the connected peer.
  /// Where to report the outcome; monostate for fire-and-forget.
  std::variant<std::monostate, reply<std::uint64_t>, std::shared_ptr<batch_receipt>> done;

  /// One datagram.
  static outgoing one(payload data, std::vector<payload> buffers, reply<std::uint64_t> done) {
    const auto size = data.size();
    outgoing result{std::move(data), std::move(buffers), size, std::nullopt, {}};
    if (done.is_owed()) result.done = std::move(done);
    return result;
  }

  /// Splits off the first datagrams. Preconditions: fewer than all, no `buffers`.
  outgoing take(std::size_t datagrams) {
    const auto bytes = datagrams * segment_size;
    outgoing front{data.slice(0, bytes), {}, segment_size, to, done};
    data = data.slice(bytes, data.size() - bytes);
    return front;
  }

  /// Keeps only the first datagrams.
  void keep(std::size_t datagrams) { data = data.slice(0, datagrams * segment_size); }

  /// Releases payload and reply.
  void release() noexcept {
    data = {};
    buffers.clear();
    done = std::monostate();
  }

  /// The number of datagrams.
  std::size_t count() const noexcept;

  /// The payload bytes of all datagrams.
  std::size_t bytes() const noexcept;
};

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

  /// Why datagrams are left after a flush.
  enum class backlog : std::uint8_t {
    none,            ///< The queue is empty.
    until_writable,  ///< The socket's buffer is full: wait for the poller.
    until_retry,     ///< A device queue or Unix peer is full, which the poller cannot
                     ///< report: try again after a delay.
  };

  explicit send_queue(observer& observer, send_queue_limits limits = {})
      : observer_(observer), limits_(limits) {}

  /// How many datagrams of `what` there is room for.
  std::size_t room_for(const outgoing& what) const noexcept;

  /// Whether at most half of each limit is used.
  bool is_half_empty() const noexcept {
    return datagrams_ <= limits_.datagrams / 2 && bytes_ <= limits_.bytes / 2;
  }

  /// Appends; the caller enforces the limits.
  void push(outgoing&& what);
  bool empty() const noexcept { return first_ == queue_.size(); }

  // Queued now.
  std::size_t datagrams() const noexcept { return datagrams_; }
  std::size_t bytes() const noexcept { return bytes_; }

  const send_counters& counters() const noexcept { return counters_; }

  /// Hands over as many datagrams as the kernel takes, in order for each destination. A
  /// failed datagram is reported to the observer and does not stop later ones.
  backlog flush(socket& sock);

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
  /// What a flush has set aside: a Unix peer that does not read blocks only datagrams to
  /// itself.
  struct held_back {
    std::vector<endpoint> full_peers;
    std::vector<outgoing> waiting;

    bool concerns(const outgoing& what) const;
  };

  /// Whether a flush goes on, and if not, why.
  enum class verdict : std::uint8_t { go_on, until_writable, until_retry };

  outgoing& front() noexcept { return queue_[first_]; }
  void pop_front();
  void hold_back_front(held_back& aside);

  /// Fills the plan from the front of the queue.
  void collect(transmit_plan& plan, const held_back& aside);

  /// The kernel took this many datagrams from the front.
  void taken(const transmit& what);

  /// The kernel refused the message that starts at the front.
  verdict refused(socket& sock, const transmit& what, int error, held_back& aside);

  /// The front's first datagram failed.
  void fail_front(int error);

  /// Removes datagrams from the front entry, which keeps the rest.
  void advance_front(std::size_t count, std::size_t bytes);

  observer& observer_;
  const send_queue_limits limits_;
  std::optional<segmentation> offload_;  ///< Probed by the first flush of several datagrams.
  std::vector<outgoing> queue_;
  std::size_t first_ = 0;  ///< Index of the front; earlier entries are gone.
  std::size_t alone_ = 0;  ///< Datagrams from the front on to send one by one.
  std::size_t datagrams_ = 0;
  std::size_t bytes_ = 0;
  send_counters counters_;
};

}  // namespace dgram
