/// Datagrams on their way out, with what is owed for them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/socket/reply.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/ip_address.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

/// The outcome of a `send_batch` so far. The batch is queued run by run.
struct batch_receipt {
  batch_receipt(reply<batch_result> owed, std::size_t datagrams)
      : is_request(owed.is_owed()), owed(std::move(owed)), outstanding(datagrams) {}

  const bool is_request;  ///< Even if an exception has answered it.
  reply<batch_result> owed;
  batch_result so_far = {};  ///< Without `reason`.
  absl::Status reason = {};  ///< Of the first refusal.
  std::size_t outstanding;   ///< Datagrams without an outcome yet.
};

/// One queued datagram, or a run of them.
struct outgoing {
  payload data;
  std::vector<payload> buffers;  ///< If not empty, the datagram instead of `data`.
  std::size_t segment_size = 0;  ///< `data` is cut into datagrams of this size.
  std::optional<endpoint> to;    ///< nullopt for the connected peer.
  /// Where to report the outcome; monostate for fire-and-forget.
  std::variant<std::monostate, reply<std::uint64_t>, std::shared_ptr<batch_receipt>> done;
  ip_address from = {};       ///< Unspecified for the kernel's choice.
  datagram_heads heads = {};  ///< In front of what `data` is cut into.

  /// One datagram.
  static outgoing one(payload data, std::vector<payload> buffers, reply<std::uint64_t> done) {
    const auto size = data.size();
    outgoing result{std::move(data), std::move(buffers), size, std::nullopt, {}};
    if (done.is_owed()) result.done = std::move(done);
    return result;
  }

  /// Splits off the first datagrams. Preconditions: fewer than all, no `buffers`.
  outgoing take(std::size_t datagrams) {
    auto front = *this;
    front.keep(datagrams);
    drop(datagrams);
    return front;
  }

  /// Keeps only the first datagrams. Preconditions: as for `take`.
  void keep(std::size_t datagrams) {
    data = data.slice(0, datagrams * segment_size);
    heads.bytes = heads.bytes.slice(0, datagrams * heads.size);
  }

  /// Drops the first datagrams. Preconditions: as for `take`.
  void drop(std::size_t datagrams) {
    const auto rest = [](const payload& whole, std::size_t bytes) {
      return whole.slice(bytes, whole.size() - bytes);
    };
    data = rest(data, datagrams * segment_size);
    heads.bytes = rest(heads.bytes, datagrams * heads.size);
  }

  /// Releases payload and reply.
  void release() noexcept {
    data = {};
    buffers.clear();
    heads = {};
    done = std::monostate();
  }

  /// The number of datagrams.
  std::size_t count() const noexcept;

  /// The payload bytes of all datagrams.
  std::size_t bytes() const noexcept;

  /// The payload bytes of the first datagrams, of which there are at least so many.
  std::size_t bytes_of(std::size_t datagrams) const noexcept {
    return datagrams == count() ? bytes() : datagrams * full_size();
  }

  /// The bytes of each datagram of a run, apart from a shorter last one.
  std::size_t full_size() const noexcept { return heads.size + segment_size; }
};

}  // namespace dgram
