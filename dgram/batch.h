/// Many datagrams as one value, to send or as received. It reads like a
/// container of datagrams; neither adding nor reading allocates per datagram.
///
///   batch b;
///   b.add("hello", peer);                        // one datagram
///   b.add_segments(buffer, 1200, peer);          // a datagram every 1200 bytes
///   b.add_segments({heads, 12}, buffer, 1200);   // each behind 12 bytes of its own
///   for (const datagram& d : b) use(d.bytes, *d.peer);
///
/// Copies share the datagrams' bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/ip_address.h"
#include "caf_dgram/dgram/payload.h"
#include "caf_dgram/dgram/printable.h"

namespace dgram {

/// Number of datagrams in `bytes` bytes cut every `segment_size`; 0 bytes count
/// as one empty datagram.
constexpr std::size_t segment_count(std::size_t bytes, std::size_t segment_size) noexcept {
  return bytes <= segment_size ? 1 : (bytes + segment_size - 1) / segment_size;
}

/// Where a datagram comes from and goes to, seen from its socket.
struct datagram_ends {
  // Implicit, since most datagrams need no local address.
  datagram_ends(const endpoint& peer) : peer(peer) {}  // NOLINT(google-explicit-constructor)
  datagram_ends(std::nullopt_t = std::nullopt) {}      // NOLINT(google-explicit-constructor)
  datagram_ends(                                       // NOLINT(google-explicit-constructor)
      std::optional<endpoint> peer, const ip_address& local = {})
      : peer(std::move(peer)), local(local) {}

  std::optional<endpoint> peer;  ///< Sender or destination; nullopt for the connected peer.
  ip_address local;              ///< Unspecified: not known, or the kernel's choice.

  friend bool operator==(const datagram_ends& a, const datagram_ends& b) {
    return a.peer == b.peer && a.local == b.local;
  }
  friend bool operator!=(const datagram_ends& a, const datagram_ends& b) { return !(a == b); }
};

/// What datagrams begin with that are cut from one body: `size` bytes each, one datagram's after
/// the other's. A protocol's headers, say, in front of a payload that is not copied for them.
struct datagram_heads {
  payload bytes;
  std::size_t size = 0;

  /// The head of a datagram. Precondition: there are more than `index`.
  std::string_view of(std::size_t index) const noexcept {
    return bytes.view().substr(index * size, size);
  }
};

/// Consecutive datagrams of one peer in contiguous memory, apart from their heads, each of
/// `segment_size` bytes; the last may be shorter.
struct datagram_run {
  payload bytes;
  std::size_t segment_size = 0;  ///< 0 for an empty datagram, always a run of its own.
  std::size_t size = 0;          ///< Real size, more than `bytes` holds if truncated.
  std::uint32_t ends = 0;        ///< Index into the batch's pairs of ends.
  std::uint32_t heads = 0;       ///< Index into the batch's heads, from 1 on; 0 for none.

  /// Number of datagrams.
  std::size_t count() const noexcept { return segment_count(bytes.size(), segment_size); }

  /// The datagram that starts at `offset`.
  std::string_view segment_at(std::size_t offset) const noexcept {
    return bytes.view().substr(offset, segment_size);
  }
};

/// A datagram of a batch, valid while the batch is.
struct datagram {
  std::string_view bytes;   ///< Without its head.
  const endpoint* peer;     ///< Sender or destination; null for the connected peer.
  std::size_t size;         ///< Its real size: more than head and `bytes` if it was truncated.
  const datagram_run* run;  ///< The run it belongs to.
  const ip_address* local;  ///< Never null; as `datagram_ends::local`.
  std::string_view head;    ///< What it begins with; empty in received batches.

  /// Head and bytes, valid beyond the batch's life. Not copied where there is no head.
  payload share() const {
    if (!head.empty()) return joined();
    return run->bytes.slice(static_cast<std::size_t>(bytes.data() - run->bytes.data()),
                            bytes.size());
  }

  /// A copy of head and bytes.
  std::string joined() const;
};

class batch : public printable<batch> {
 public:
  class const_iterator;

  // -- building ---------------------------------------------------------------

  /// Adds one datagram, for the connected peer if none is given.
  void add(payload bytes, const datagram_ends& ends = {}) {
    const auto size = bytes.size();
    append(std::move(bytes), size, size, ends);
  }

  /// Adds a received datagram of `size` bytes that was truncated to `bytes`.
  void add_truncated(payload bytes, std::size_t size, const datagram_ends& ends) {
    const auto stored = bytes.size();
    append(std::move(bytes), stored, size, ends);
  }

  /// Cuts a buffer into datagrams of `segment_size` bytes; the last may be
  /// shorter. An empty buffer, or a size of 0, is one datagram.
  void add_segments(payload bytes, std::size_t segment_size, const datagram_ends& ends = {}) {
    const auto size = bytes.size();
    append(std::move(bytes), segment_size == 0 ? size : std::min(segment_size, size), size, ends);
  }

  /// The same, each datagram behind a head of its own. Sockets gather both; neither is copied.
  /// Returns false, and adds nothing, unless there is exactly one head for each datagram.
  [[nodiscard]] bool add_segments(datagram_heads heads, payload body, std::size_t segment_size,
                                  const datagram_ends& ends = {});

  /// Adds a run of another batch, without its heads, over the same or equal bytes.
  void add_run(payload bytes, std::size_t segment_size, std::size_t size,
               const datagram_ends& ends) {
    if (size > bytes.size()) return add_truncated(std::move(bytes), size, ends);
    add_segments(std::move(bytes), segment_size, ends);
  }

  /// Reserves memory for `runs` runs.
  void reserve(std::size_t runs) { runs_.reserve(runs); }

  void clear() noexcept {
    runs_.clear();
    ends_.clear();
    heads_.clear();
    count_ = 0;
    bytes_ = 0;
  }

  // -- reading ----------------------------------------------------------------

  /// Datagrams.
  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }

  /// Bytes of memory that it takes beside those of its datagrams.
  std::size_t overhead() const noexcept {
    return runs_.size() * sizeof(datagram_run) + ends_.size() * sizeof(datagram_ends) +
           heads_.size() * sizeof(datagram_heads);
  }

  /// Payload bytes of all datagrams together, heads included.
  std::size_t bytes() const noexcept { return bytes_; }

  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;

  /// The same datagrams as runs of contiguous memory, apart from their heads.
  absl::Span<const datagram_run> runs() const noexcept { return runs_; }

  /// The pairs of ends of all runs, of which consecutive runs share one.
  absl::Span<const datagram_ends> ends() const noexcept { return ends_; }

  /// A run's sender or destination, null for the connected peer.
  const endpoint* peer_of(const datagram_run& run) const noexcept {
    const auto& peer = ends_of(run).peer;
    return peer ? &*peer : nullptr;
  }

  /// A run's two ends, as passed to `add`.
  const datagram_ends& ends_of(const datagram_run& run) const noexcept { return ends_[run.ends]; }

  /// What a run's datagrams begin with; null for nothing but their bytes.
  const datagram_heads* heads_of(const datagram_run& run) const noexcept {
    return run.heads == 0 ? nullptr : &heads_[run.heads - 1];
  }

  /// A run's datagrams in contiguous memory, heads included. Copies only where there are heads.
  payload contiguous(const datagram_run& run) const;

  /// The number of datagrams and the first four of them, each as a payload
  /// prints and with its peer.
  std::string to_string() const;

  friend bool operator==(const batch& a, const batch& b);

 private:
  void append(payload bytes, std::size_t segment_size, std::size_t size, const datagram_ends& ends);

  // A burst usually arrives as one run of one peer, which is stored inline.
  absl::InlinedVector<datagram_run, 1> runs_;
  absl::InlinedVector<datagram_ends, 1> ends_;
  std::vector<datagram_heads> heads_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

class batch::const_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = datagram;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = datagram;

  datagram operator*() const noexcept {
    const auto bytes = run_->segment_at(offset_);
    const auto head = this->head();
    const bool alone = run_->size != run_->bytes.size();
    return {bytes, owner_->peer_of(*run_),        alone ? run_->size : head.size() + bytes.size(),
            run_,  &owner_->ends_of(*run_).local, head};
  }

  const_iterator& operator++() noexcept {
    offset_ += run_->segment_size;
    ++index_;
    if (offset_ >= run_->bytes.size()) {
      ++run_;
      offset_ = index_ = 0;
    }
    return *this;
  }

  friend bool operator==(const const_iterator& a, const const_iterator& b) noexcept {
    return a.run_ == b.run_ && a.offset_ == b.offset_;
  }
  friend bool operator!=(const const_iterator& a, const const_iterator& b) noexcept {
    return !(a == b);
  }

 private:
  friend class batch;

  const_iterator(const batch* owner, const datagram_run* run) noexcept : owner_(owner), run_(run) {}

  std::string_view head() const noexcept {
    const auto* heads = owner_->heads_of(*run_);
    return heads == nullptr ? std::string_view() : heads->of(index_);
  }

  const batch* owner_;
  const datagram_run* run_;
  std::size_t offset_ = 0;
  std::size_t index_ = 0;  ///< In the run.
};

inline batch::const_iterator batch::begin() const noexcept { return {this, runs_.data()}; }

inline batch::const_iterator batch::end() const noexcept {
  return {this, runs_.data() + runs_.size()};
}

}  // namespace dgram
