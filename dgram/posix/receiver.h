/// Reads many datagrams per system call, into recycled memory.
///
///   receiver in(chunk_pool::make(4 << 20));
///   batch got;
///   in.receive(sock, got);                   // appends waiting datagrams
///
/// One receiver serves all sockets of a thread. Small datagrams are copied once
/// and packed densely with the others of the same call, so that a payload that
/// is kept for long keeps little other memory alive. A datagram, or a run that
/// the kernel merged (UDP_GRO), that fills much of its buffer is handed over
/// without a copy.
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

/// The terms on which a socket receives.
struct receive_terms {
  /// Charged for the datagrams' memory; null to charge nobody.
  std::shared_ptr<memory_account> account;
  reading_costs costs;  ///< Charged on top of the memory.

  /// Bytes that may be charged: reads at most as many buffers as fit in the
  /// worst case, and at least one.
  std::size_t room = std::numeric_limits<std::size_t>::max();

  /// Datagrams from these addresses are dropped; null for none.
  const block_list* blocked = nullptr;

  /// Datagrams from others than this peer are dropped; null for none.
  const endpoint* only_from = nullptr;
};

/// What one call of `receive` did.
struct receive_outcome {
  int error = 0;              ///< errno, EAGAIN when nothing waits.
  std::size_t buffers = 0;    ///< Kernel buffers read; each holds one datagram or a merged run.
  std::size_t truncated = 0;  ///< Truncated datagrams.
  std::size_t blocked = 0;    ///< Datagrams that came from blocked addresses.
  bool emptied = false;       ///< Nothing else waited, as far as the system tells.
  std::size_t strangers = 0;  ///< Datagrams that came from others than the peer.
  std::optional<std::uint32_t> drops;  ///< The last count reported, see control_info.
};

class receiver {
 public:
  /// Buffers read by one system call.
  static constexpr std::size_t max_buffers = 16;

  /// The largest Unix datagram; larger ones arrive truncated. Linux allows 208
  /// KiB unless configured otherwise (net.core.wmem_max).
  static constexpr std::size_t largest_unix = std::size_t{1} << 20;

  /// From this size on a buffer is handed over instead of copied.
  static constexpr std::size_t handed_over = 16'384;

  explicit receiver(std::shared_ptr<chunk_pool> pool);

  /// Appends the content of up to `max_buffers` buffers to `into`, with one
  /// system call.
  receive_outcome receive(socket& from, batch& into, const receive_terms& terms = {});

 private:
  /// Where the kernel writes one message.
  struct slot {
    std::unique_ptr<chunk> memory;
    ::sockaddr_storage sender;
    control_buffer control;
    std::array<::iovec, 2> parts;
    control_info reported;  ///< What `control` says.
  };

  void prepare(family f);

  /// Takes the datagram out of a slot, with the slot's memory unless the
  /// datagram spans both of its parts.
  payload hand_over(slot& from, std::size_t size, const receive_terms& terms, std::size_t costs);

  std::shared_ptr<chunk_pool> pool_;
  std::vector<slot> slots_;
  std::vector<multi_message> messages_;
  std::size_t prepared_ = 0;  ///< Slots whose header is ready for the kernel, from the back.
  family prepared_for_ = family::udp4;
  /// For each slot, room for the part of a Unix datagram that exceeds `memory`.
  /// Untouched pages take no memory.
  std::unique_ptr<char[]> overflow_;  // NOLINT(modernize-avoid-c-arrays)
};

}  // namespace dgram
