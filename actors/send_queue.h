/// Datagrams that wait for the kernel to take them.
///
///   send_queue queue(observer);
///   queue.push({data, {}, peer, reply});
///   switch (queue.flush(sock)) { … }
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "actors/reply.h"
#include "dgram/endpoint.h"
#include "dgram/payload.h"
#include "dgram/socket.h"

namespace dgram {

/// One datagram on its way out.
struct outgoing {
  payload data;
  std::vector<payload> buffers;  ///< If not empty, the datagram instead of `data`.
  std::optional<endpoint> to;    ///< Nothing: the connected peer.
  reply<std::uint64_t> done;

  absl::Span<const payload> parts() const;
};

/// Used on the socket's loop only.
class send_queue {
 public:
  /// Learns what becomes of each datagram, during `flush`.
  class observer {
   public:
    virtual ~observer() = default;
    virtual void on_sent(outgoing& what, std::size_t bytes) = 0;
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

  explicit send_queue(observer& observer) : observer_(observer) {}

  void push(outgoing what) { queue_.push_back(std::move(what)); }
  bool empty() const noexcept { return queue_.empty(); }

  /// Hands over as many as the kernel takes, in order for each destination. A
  /// datagram that fails is told to the observer, the next ones go on.
  backlog flush(socket& sock);

  /// Gives those for the connected peer its address: the socket is about to
  /// lose it.
  void address_to(const endpoint& peer);

  /// Removes and returns all.
  std::deque<outgoing> take_all() { return std::exchange(queue_, {}); }

 private:
  /// True if the kernel took the datagram or refused it for good.
  bool send_front(socket& sock, int& error);

  observer& observer_;
  std::deque<outgoing> queue_;
};

}  // namespace dgram
