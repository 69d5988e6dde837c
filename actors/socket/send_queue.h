/// Datagrams that wait for the kernel to take them.
///
///   send_queue queue(observer);
///   queue.push({data, {}, data.size(), peer, reply});
///   switch (queue.flush(sock)) { … }
///
/// What is queued leaves in as few system calls as its order allows: several
/// datagrams a call, and runs of one size to one destination as one message
/// that the kernel cuts up (dgram/transmit.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "absl/types/span.h"
#include "caf_dgram/actors/messages.h"
#include "caf_dgram/actors/socket/reply.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/payload.h"
#include "caf_dgram/dgram/posix/segmentation.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "caf_dgram/dgram/posix/transmit.h"

namespace dgram {

/// What becomes of a `send_batch`, whose datagrams are queued one run each.
struct batch_receipt {
  reply<batch_result> owed;
  batch_result so_far;
  std::size_t outstanding = 0;  ///< Datagrams whose fate is not known yet.
};

/// One datagram on its way out, or a run of them.
struct outgoing {
  payload data;
  std::vector<payload> buffers;  ///< If not empty, the datagram instead of `data`.
  std::size_t segment_size = 0;  ///< `data` is cut into datagrams of this size.
  std::optional<endpoint> to;    ///< Nothing: the connected peer.
  /// Who hears of it, if anybody does.
  std::variant<std::monostate, reply<std::uint64_t>, std::shared_ptr<batch_receipt>> done;

  /// One datagram.
  static outgoing one(payload data, std::vector<payload> buffers, reply<std::uint64_t> done) {
    const auto size = data.size();
    outgoing result{std::move(data), std::move(buffers), size, std::nullopt, {}};
    if (done.is_owed()) result.done = std::move(done);
    return result;
  }

  /// Takes out the first ones, which are not all. Precondition: no `buffers`.
  outgoing take(std::size_t datagrams) {
    const auto bytes = datagrams * segment_size;
    outgoing front{data.slice(0, bytes), {}, segment_size, to, done};
    data = data.slice(bytes, data.size() - bytes);
    return front;
  }

  /// Keeps the first ones only.
  void keep(std::size_t datagrams) { data = data.slice(0, datagrams * segment_size); }

  /// Gives up what it holds.
  void release() noexcept {
    data = {};
    buffers.clear();
    done = std::monostate();
  }

  /// How many datagrams.
  std::size_t count() const noexcept;

  /// The bytes of all of them.
  std::size_t bytes() const noexcept;
};

/// What a queue has done so far.
struct send_counters {
  std::uint64_t datagrams = 0;  ///< Handed to the kernel.
  std::uint64_t bytes = 0;
  std::uint64_t offloaded = 0;         ///< Those of them that shared a message (UDP_SEGMENT).
  std::uint64_t offload_refusals = 0;  ///< Messages that had to be sent one by one after all.
  std::uint64_t failures = 0;          ///< Datagrams that the kernel refused.
  std::uint64_t retries = 0;           ///< Flushes that left something for later.
};

/// How much may wait. A datagram larger than all of it still finds room in an
/// empty queue.
struct send_queue_limits {
  std::size_t datagrams = 65'536;
  std::size_t bytes = std::size_t{16} << 20;
};

/// Used on the socket's loop only.
class send_queue {
 public:
  /// Learns what becomes of each datagram, during `flush`.
  class observer {
   public:
    virtual ~observer() = default;

    /// The kernel took so many datagrams of `what`, with so many bytes.
    virtual void on_sent(outgoing& what, std::size_t count, std::size_t bytes) = 0;

    /// The kernel refused the first datagram of `what` for good.
    virtual void on_send_failed(outgoing& what, int error) = 0;

    /// The error of an earlier datagram, reported by the kernel on this call
    /// (udp(7): ICMP errors of a connected socket). Nothing was lost by it.
    virtual void on_earlier_error(int error) = 0;
  };

  /// Why datagrams are left after a flush.
  enum class backlog : std::uint8_t {
    none,            ///< None are.
    until_writable,  ///< The socket's buffer is full: wait for the poller.
    until_retry,     ///< A device's queue or a Unix peer is full, which the poller
                     ///< does not see: try again after a while.
  };

  explicit send_queue(observer& observer, send_queue_limits limits = {})
      : observer_(observer), limits_(limits) {}

  /// How many datagrams of `what` there is room for.
  std::size_t room_for(const outgoing& what) const noexcept;

  /// Whether no more than half of each limit is used.
  bool is_half_empty() const noexcept {
    return datagrams_ <= limits_.datagrams / 2 && bytes_ <= limits_.bytes / 2;
  }

  /// The limits are for the caller to obey.
  void push(outgoing what);
  bool empty() const noexcept { return first_ == queue_.size(); }

  /// What waits.
  std::size_t datagrams() const noexcept { return datagrams_; }
  std::size_t bytes() const noexcept { return bytes_; }

  const send_counters& counters() const noexcept { return counters_; }

  /// Hands over as many as the kernel takes, in order for each destination. A
  /// datagram that fails is told to the observer, the next ones go on.
  backlog flush(socket& sock);

  /// Gives those for the connected peer its address: the socket is about to
  /// lose it.
  void address_to(const endpoint& peer);

  /// Removes and returns all.
  std::vector<outgoing> take_all();

 private:
  /// What a flush has put aside: a Unix peer that does not read holds up its own
  /// datagrams, not the others'.
  struct held_back {
    std::vector<endpoint> full_peers;
    std::vector<outgoing> waiting;

    bool concerns(const outgoing& what) const;
  };

  /// Whether to go on, and if not, why.
  enum class verdict : std::uint8_t { go_on, until_writable, until_retry };

  outgoing& front() noexcept { return queue_[first_]; }
  void pop_front();
  void hold_back_front(held_back& aside);

  /// Fills the plan from the front of the queue.
  void collect(transmit_plan& plan, const held_back& aside);

  /// The kernel took this many datagrams from the front.
  void taken(const transmit& what);

  /// It refused the message that starts at the front.
  verdict refused(socket& sock, const transmit& what, int error, held_back& aside);

  /// The front's first datagram failed.
  void fail_front(int error);

  /// Takes datagrams off the front, which keeps the others.
  void advance_front(std::size_t count, std::size_t bytes);

  observer& observer_;
  const send_queue_limits limits_;
  std::optional<segmentation> offload_;  ///< Known from the first flush of several on.
  std::vector<outgoing> queue_;
  std::size_t first_ = 0;  ///< Those before it are gone.
  std::size_t alone_ = 0;  ///< So many from the front are to go one by one.
  std::size_t datagrams_ = 0;
  std::size_t bytes_ = 0;
  send_counters counters_;
};

}  // namespace dgram
