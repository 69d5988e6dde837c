#include "caf_dgram/dgram/polling/poll_poller.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/polling/timeout.h"

namespace dgram {
namespace {

short events_for(interest what) {
  const short reading = wants_to_read(what) ? POLLIN : 0;
  const short writing = wants_to_write(what) ? POLLOUT : 0;
  return static_cast<short>(reading | writing);
}

/// The ends of a pipe, non-blocking and close-on-exec. Errors: errno.
absl::StatusOr<std::pair<unique_fd, unique_fd>> make_pipe() {
  std::array<int, 2> ends{};
#if defined(__linux__) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
  if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) {
    return system_failure("make poller", "pipe", errno);
  }
  return std::pair(unique_fd(ends[0]), unique_fd(ends[1]));
#else
  if (::pipe(ends.data()) != 0) return system_failure("make poller", "pipe", errno);
  std::pair result{unique_fd(ends[0]), unique_fd(ends[1])};
  for (const int fd : ends) {
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
      return system_failure("make poller", "pipe", errno);
    }
  }
  return result;
#endif
}

}  // namespace

absl::StatusOr<std::unique_ptr<poller>> poll_poller::make() {
  auto pipe = make_pipe();
  if (!pipe.ok()) return pipe.status();
  auto& [read_end, write_end] = *pipe;
  return std::unique_ptr<poller>(new poll_poller(std::move(read_end), std::move(write_end)));
}

poll_poller::poll_poller(unique_fd read_end, unique_fd write_end)
    : read_end_(std::move(read_end)), write_end_(std::move(write_end)) {
  watched_.push_back({read_end_.get(), POLLIN, 0});
  tags_.push_back(nullptr);
}

std::size_t poll_poller::position_of(int fd) const noexcept {
  const auto found = std::find_if(watched_.begin() + 1, watched_.end(),
                                  [fd](const ::pollfd& entry) { return entry.fd == fd; });
  return static_cast<std::size_t>(found - watched_.begin());
}

absl::Status poll_poller::watch(int fd, void* tag, interest what) {
  const auto value = absl::StrCat("descriptor ", fd);
  if (::fcntl(fd, F_GETFD) < 0) return system_failure("watch", value, errno);
  if (position_of(fd) != watched_.size()) return system_failure("watch", value, EEXIST);
  watched_.push_back({fd, events_for(what), 0});
  tags_.push_back(tag);
  return absl::OkStatus();
}

absl::Status poll_poller::change(int fd, void* tag, interest what) {
  const auto position = position_of(fd);
  if (position == watched_.size()) {
    return system_failure("watch", absl::StrCat("descriptor ", fd), ENOENT);
  }
  watched_[position].events = events_for(what);
  tags_[position] = tag;
  return absl::OkStatus();
}

void poll_poller::forget(int fd) {
  const auto position = position_of(fd);
  if (position == watched_.size()) return;
  std::swap(watched_[position], watched_.back());
  std::swap(tags_[position], tags_.back());
  watched_.pop_back();
  tags_.pop_back();
}

std::size_t poll_poller::wait(absl::Span<readiness> ready, std::optional<clock::duration> timeout) {
  int left = ::poll(watched_.data(), watched_.size(), timeout_milliseconds(timeout));
  if (left <= 0) return 0;
  if (watched_.front().revents != 0) {
    --left;
    std::array<char, 256> bytes{};
    while (::read(read_end_.get(), bytes.data(), bytes.size()) > 0) {
    }
  }
  const auto count = watched_.size() - 1;
  if (next_ > count) next_ = 1;
  std::size_t used = 0;
  for (std::size_t i = 0; i < count && left > 0 && used < ready.size(); ++i) {
    const auto position = 1 + (next_ - 1 + i) % count;
    const auto revents = watched_[position].revents;
    if (revents == 0) continue;
    --left;
    ready[used++] = {tags_[position], (revents & (POLLIN | POLLERR | POLLHUP)) != 0,
                     (revents & POLLOUT) != 0};
    if (used == ready.size()) next_ = position + 1;
  }
  return used;
}

void poll_poller::pause(clock::duration time) { sleep_on(read_end_.get(), time); }

void poll_poller::wake() noexcept {
  // If the pipe is full, the reader wakes anyway.
  const char byte = 0;
  [[maybe_unused]] const auto written = ::write(write_end_.get(), &byte, 1);
}

}  // namespace dgram
