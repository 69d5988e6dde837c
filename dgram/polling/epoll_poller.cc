#include "caf_dgram/dgram/polling/epoll_poller.h"

#include <cerrno>

#include "caf_dgram/dgram/error.h"

#if defined(__linux__) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/polling/timeout.h"
#include "caf_dgram/dgram/posix/unique_fd.h"

namespace dgram {
namespace {

class epoll_poller final : public poller {
 public:
  epoll_poller(unique_fd epoll, unique_fd event) noexcept
      : epoll_(std::move(epoll)), event_(std::move(event)) {}

  absl::Status watch(int fd, void* tag, interest what) override;
  absl::Status change(int fd, void* tag, interest what) override;
  void forget(int fd) override;
  std::size_t wait(absl::Span<readiness> ready, std::optional<clock::duration> timeout) override;
  void pause(clock::duration time) override;
  void wake() noexcept override;

 private:
  absl::Status control(int operation, int fd, void* tag, interest what);

  unique_fd epoll_;
  unique_fd event_;
  std::array<::epoll_event, 64> events_{};
};

absl::Status epoll_poller::control(int operation, int fd, void* tag, interest what) {
  ::epoll_event event{};
  if (wants_to_read(what)) event.events |= EPOLLIN;
  if (wants_to_write(what)) event.events |= EPOLLOUT;
  event.data.ptr = tag;
  if (::epoll_ctl(epoll_.get(), operation, fd, &event) == 0) return absl::OkStatus();
  const int error = errno;
  return system_failure("watch", absl::StrCat("descriptor ", fd), error);
}

absl::Status epoll_poller::watch(int fd, void* tag, interest what) {
  return control(EPOLL_CTL_ADD, fd, tag, what);
}

absl::Status epoll_poller::change(int fd, void* tag, interest what) {
  return control(EPOLL_CTL_MOD, fd, tag, what);
}

void epoll_poller::forget(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

std::size_t epoll_poller::wait(absl::Span<readiness> ready,
                               std::optional<clock::duration> timeout) {
  const auto room = static_cast<int>(std::min(ready.size(), events_.size()));
  const int count = ::epoll_wait(epoll_.get(), events_.data(), room, timeout_milliseconds(timeout));
  std::size_t used = 0;
  for (int i = 0; i < count; ++i) {
    const auto& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) {
      ::eventfd_t value = 0;
      ::eventfd_read(event_.get(), &value);
      continue;
    }
    // Reading fetches a pending error.
    ready[used++] = {event.data.ptr, (event.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0,
                     (event.events & EPOLLOUT) != 0};
  }
  return used;
}

void epoll_poller::pause(clock::duration time) { sleep_on(event_.get(), time); }

void epoll_poller::wake() noexcept { ::eventfd_write(event_.get(), 1); }

}  // namespace

absl::StatusOr<std::unique_ptr<poller>> make_epoll_poller() {
  unique_fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return system_failure("make poller", "epoll", errno);
  unique_fd event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event) return system_failure("make poller", "eventfd", errno);
  // A null tag stands for the wake-up.
  ::epoll_event interest{};
  interest.events = EPOLLIN;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, event.get(), &interest) != 0) {
    return system_failure("make poller", "eventfd", errno);
  }
  return std::make_unique<epoll_poller>(std::move(epoll), std::move(event));
}

}  // namespace dgram

#else

namespace dgram {

absl::StatusOr<std::unique_ptr<poller>> make_epoll_poller() {
  return system_failure("make poller", "epoll", ENOSYS);
}

}  // namespace dgram

#endif
