/// Waiting until descriptors are ready.
///
///   auto p = make_poller(poller_kind::epoll);
///   (*p)->watch(fd, &my_state, interest::read);
///   std::array<readiness, 64> ready;
///   const auto n = (*p)->wait(absl::MakeSpan(ready), std::chrono::seconds(1));
///
/// One thread uses a poller; only `wake` may be called from others.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "caf_dgram/dgram/poller_kind.h"

namespace dgram {

/// What a descriptor is watched for. Level-triggered. A pending error is always
/// reported as readable.
enum class interest : std::uint8_t { nothing, read, write, read_and_write };

constexpr interest to_interest(bool reading, bool writing) noexcept {
  if (reading) return writing ? interest::read_and_write : interest::read;
  return writing ? interest::write : interest::nothing;
}

constexpr bool wants_to_read(interest what) noexcept {
  return what == interest::read || what == interest::read_and_write;
}

constexpr bool wants_to_write(interest what) noexcept {
  return what == interest::write || what == interest::read_and_write;
}

/// A watched descriptor that can be used now.
struct readiness {
  void* tag = nullptr;    ///< As given to `watch`.
  bool readable = false;  ///< There is a datagram or a pending error.
  bool writable = false;
};

class poller {
 public:
  using clock = std::chrono::steady_clock;

  virtual ~poller() = default;

  /// Starts to watch a descriptor that is not watched yet. `tag` is not null.
  /// Errors: errno.
  virtual absl::Status watch(int fd, void* tag, interest what) = 0;

  /// Changes what a watched descriptor is watched for. Errors: errno.
  virtual absl::Status change(int fd, void* tag, interest what) = 0;

  /// Stops watching. Call it before the descriptor is closed.
  virtual void forget(int fd) = 0;

  /// Blocks until something is ready, `wake` is called or the time has passed
  /// (nullopt: no timeout; zero: do not block). Fills `ready` from the front
  /// and returns the number of entries.
  virtual std::size_t wait(absl::Span<readiness> ready, std::optional<clock::duration> timeout) = 0;

  /// Sleeps until `wake` is called or the time has passed, regardless of the
  /// descriptors.
  virtual void pause(clock::duration time) = 0;

  /// Ends the current `wait` or `pause`, or the next one if there is none; a
  /// `wait` behind a `pause` that it ended returns at once, too. Any thread;
  /// async-signal-safe.
  virtual void wake() noexcept = 0;
};

/// A poller of the kind. Errors: errno (no descriptors left; ENOSYS for epoll
/// on a system without it).
absl::StatusOr<std::unique_ptr<poller>> make_poller(poller_kind kind);

}  // namespace dgram
