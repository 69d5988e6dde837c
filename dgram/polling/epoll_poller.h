/// The poller of Linux: epoll(7), woken by an eventfd(2).
#pragma once

#ifdef __linux__

#include <sys/epoll.h>

#include <array>
#include <memory>

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/polling/poller.h"
#include "caf_dgram/dgram/posix/unique_fd.h"

namespace dgram {

class epoll_poller final : public poller {
 public:
  static absl::StatusOr<std::unique_ptr<poller>> make();

  absl::Status watch(int fd, void* tag, interest what) override;
  absl::Status change(int fd, void* tag, interest what) override;
  void forget(int fd) override;
  std::size_t wait(absl::Span<readiness> ready, std::optional<clock::duration> timeout) override;
  void pause(clock::duration time) override;
  void wake() noexcept override;

 private:
  epoll_poller(unique_fd epoll, unique_fd event) noexcept
      : epoll_(std::move(epoll)), event_(std::move(event)) {}

  absl::Status control(int operation, int fd, void* tag, interest what);

  unique_fd epoll_;
  unique_fd event_;
  std::array<::epoll_event, 64> events_{};
};

}  // namespace dgram

#endif
