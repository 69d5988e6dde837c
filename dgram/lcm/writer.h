/// Writes messages as datagrams, ready to be sent together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/byte_owner.h"
#include "caf_dgram/dgram/lcm/cut.h"
#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/lcm/pack.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram::lcm {

/// Short messages written one after the other lie in one piece of memory, so that datagrams of one
/// size leave as one run (UDP_SEGMENT). A long message is not copied: its fragments are runs of
/// headers in front of its parts.
class writer {
 public:
  /// `datagram_size` as for `cut`. With `packs`, short messages share datagrams (pack.h).
  explicit writer(std::size_t datagram_size, bool packs = false) noexcept
      : datagram_size_(datagram_size), packs_(packs) {}

  /// Writes a message. `share` returns its bytes as a payload, and is called if it is cut.
  /// Preconditions as for `cut`. Returns false, and writes nothing, if there is no memory for it.
  bool add(std::uint32_t sequence, std::string_view channel, std::string_view bytes,
           absl::FunctionRef<payload()> share);

  /// Writes a datagram.
  bool add(std::string_view datagram);

  bool empty() const noexcept { return ready_.empty() && run_ == end_ && !pack_.is_open(); }

  /// Bytes written since the last `take`.
  std::size_t bytes() const noexcept {
    return ready_.bytes() + static_cast<std::size_t>(end_ - run_) + pack_.size();
  }

  /// What has been written since the last call.
  batch take();

 private:
  /// The least memory that is taken at once.
  static constexpr std::size_t block_size = std::size_t{64} << 10U;

  /// Makes sure that so many bytes can be written at `end_`.
  bool reserve(std::size_t bytes);

  /// Has a datagram of that size, written at `end_`, join the run or begin one.
  void append(std::size_t size);

  void end_run();

  /// Adds the fragments of a message. Returns false if there is no memory for their headers.
  bool add_fragments(const cut& parts, const payload& bytes);

  /// Writes a datagram, for which there is room.
  void write(const part& what);

  /// Adds a short message to the open pack, or to a new one. Returns false if there is no memory.
  bool add_to_pack(const part& message);

  void end_pack();

  const std::size_t datagram_size_;
  const bool packs_;
  batch ready_;
  byte_owner_ref block_;
  char* run_ = nullptr;           ///< Where the unfinished run begins, in `block_`.
  char* end_ = nullptr;           ///< Where it ends.
  char* limit_ = nullptr;         ///< Where `block_` ends.
  std::size_t segment_size_ = 0;  ///< Of the unfinished run's datagrams.
  bool is_last_shorter_ = false;  ///< Nothing can join the run.
  pack_writer pack_;              ///< Written behind `end_`.
};

}  // namespace dgram::lcm
