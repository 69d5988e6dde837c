/// The poller for any POSIX system: poll(2), woken by a pipe.
#pragma once

#include <poll.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/polling/poller.h"
#include "caf_dgram/dgram/posix/unique_fd.h"

namespace dgram {

class poll_poller final : public poller {
 public:
  static absl::StatusOr<std::unique_ptr<poller>> make();

  absl::Status watch(int fd, void* tag, interest what) override;
  absl::Status change(int fd, void* tag, interest what) override;
  void forget(int fd) override;
  std::size_t wait(absl::Span<readiness> ready, std::optional<clock::duration> timeout) override;
  void pause(clock::duration time) override;
  void wake() noexcept override;

 private:
  poll_poller(unique_fd read_end, unique_fd write_end);

  std::size_t position_of(int fd) const noexcept;

  unique_fd read_end_;
  unique_fd write_end_;
  // Entry 0 is the pipe; a descriptor's tag has the same position.
  std::vector<::pollfd> watched_;
  std::vector<void*> tags_;
  std::size_t next_ = 1;  // Where the next `wait` starts its scan, for fairness.
};

}  // namespace dgram
