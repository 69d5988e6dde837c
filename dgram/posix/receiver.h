/// Reads datagrams many at a time, into memory that is recycled.
///
///   receiver in(chunk_pool::make(4 << 20));
///   batch got;
///   in.receive(sock, got);                   // appends what waits
///
/// One receiver serves all sockets of a thread. What is small is copied once,
/// packed densely with what else the same call brought, so that a payload that
/// is kept for long keeps little memory with it; what fills a good part of its
/// buffer, above all many datagrams that came in as one (UDP_GRO), is handed
/// over where the kernel wrote it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/block_list.h"
#include "caf_dgram/dgram/memory/chunk_pool.h"
#include "caf_dgram/dgram/memory/lease.h"
#include "caf_dgram/dgram/memory/memory_account.h"
#include "caf_dgram/dgram/posix/control_message.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {

/// On which terms a socket receives.
struct receive_terms {
  /// Charged for what the datagrams hold; null if nobody counts it here.
  std::shared_ptr<memory_account> account;
  reading_costs costs;  ///< Charged too.

  /// Bytes that may be held in addition: only so many buffers are read as fit,
  /// were they as full as they can be, but at least one.
  std::size_t room = std::numeric_limits<std::size_t>::max();

  /// Nothing from these is looked at further; null for nobody.
  const block_list* blocked = nullptr;
};

/// What one call of `receive` did.
struct receive_outcome {
  int error = 0;              ///< errno, EAGAIN when nothing waits.
  std::size_t buffers = 0;    ///< Kernel buffers read; each holds one datagram or a merged run.
  std::size_t truncated = 0;  ///< Datagrams that were cut.
  std::size_t blocked = 0;    ///< Datagrams that came from blocked addresses.
  std::optional<std::uint32_t> drops;  ///< As the last one told: control_info.
};

class receiver {
 public:
  /// Buffers read by one system call.
  static constexpr std::size_t max_buffers = 16;

  /// A Unix datagram's largest size; what is larger comes truncated. Linux
  /// allows 208 KiB unless configured otherwise (net.core.wmem_max).
  static constexpr std::size_t largest_unix = std::size_t{1} << 20;

  /// From this size on a buffer is handed over instead of copied.
  static constexpr std::size_t handed_over = 16'384;

  explicit receiver(std::shared_ptr<chunk_pool> pool);

  /// Appends up to `max_buffers` to `into`, with one system call.
  receive_outcome receive(socket& from, batch& into, const receive_terms& terms = {});

 private:
  /// Where the kernel puts one message.
  struct slot {
    std::unique_ptr<chunk> memory;
    ::sockaddr_storage sender;
    control_buffer control;
    std::array<::iovec, 2> parts;
  };

  void prepare(family f);

  /// The datagram in a slot's memory, which is gone from there unless it has to
  /// be put together from both of the slot's parts.
  payload hand_over(slot& from, std::size_t size, const receive_terms& terms, std::size_t costs);

  std::shared_ptr<chunk_pool> pool_;
  std::vector<slot> slots_;
  std::vector<::mmsghdr> messages_;
  std::size_t prepared_ = 0;  ///< Slots whose header is fresh.
  family prepared_for_ = family::udp4;
  /// For each slot, what a Unix datagram does not find room for in `memory`.
  /// Pages that nothing was written to take no memory.
  std::unique_ptr<char[]> overflow_;  // NOLINT(modernize-avoid-c-arrays)
};

}  // namespace dgram
