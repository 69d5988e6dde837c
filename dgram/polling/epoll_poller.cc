#include "caf_dgram/dgram/polling/epoll_poller.h"

#ifdef __linux__

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/polling/timeout.h"

namespace dgram {

absl::StatusOr<std::unique_ptr<poller>> epoll_poller::make() {
  unique_fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return system_failure("make poller", "epoll", errno);
  unique_fd event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event) return system_failure("make poller", "eventfd", errno);
  // Null is the tag of our own wake-up.
  ::epoll_event interest{};
  interest.events = EPOLLIN;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, event.get(), &interest) != 0) {
    return system_failure("make poller", "eventfd", errno);
  }
  return std::unique_ptr<poller>(new epoll_poller(std::move(epoll), std::move(event)));
}

absl::Status epoll_poller::control(int operation, int fd, void* tag, interest what) {
  ::epoll_event event{};
  if (wants_to_read(what)) event.events |= EPOLLIN;
  if (wants_to_write(what)) event.events |= EPOLLOUT;
  event.data.ptr = tag;
  if (::epoll_ctl(epoll_.get(), operation, fd, &event) == 0) return absl::OkStatus();
  return system_failure("watch", absl::StrCat("descriptor ", fd), errno);
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
    // A pending error is fetched by reading.
    ready[used++] = {event.data.ptr, (event.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0,
                     (event.events & EPOLLOUT) != 0};
  }
  return used;
}

void epoll_poller::pause(clock::duration time) { sleep_on(event_.get(), time); }

void epoll_poller::wake() noexcept { ::eventfd_write(event_.get(), 1); }

}  // namespace dgram

#endif
