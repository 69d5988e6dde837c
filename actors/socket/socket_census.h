/// Keeps count of a runtime's sockets, groups and actors, so that its end can wait for them.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace dgram {

/// Any thread.
class socket_census : public std::enable_shared_from_this<socket_census> {
 public:
  /// Groups and actors are waited for, but do not count as sockets.
  enum class kind : std::uint8_t { referenced, unreferenced, group, actor, hidden_actor };

  /// Registers one of them for the lifetime of this object.
  class entry {
   public:
    entry() = default;
    entry(std::shared_ptr<socket_census> census, std::uint64_t id)
        : census_(std::move(census)), id_(id) {}
    entry(entry&& other) noexcept = default;

    entry& operator=(entry&& other) noexcept {
      std::swap(census_, other.census_);
      std::swap(id_, other.id_);
      return *this;
    }

    ~entry() {
      if (census_) census_->remove(id_);
    }

    /// Sets the name to report it by: family and address, or an actor's.
    void rename(std::string name) {
      if (census_) census_->rename(id_, std::move(name));
    }

    /// Sets what the runtime's shutdown calls: at once if that has begun.
    void on_shutdown(std::function<void()> what) {
      if (census_) census_->on_shutdown(id_, std::move(what));
    }

   private:
    std::shared_ptr<socket_census> census_;
    std::uint64_t id_ = 0;
  };

  entry add(kind what, std::string name) {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto id = next_id_++;
    if (what == kind::referenced || what == kind::unreferenced) ++opened_;
    present_.emplace(id, one{what, std::move(name), {}});
    ++counts_[static_cast<std::size_t>(what)];
    return {shared_from_this(), id};
  }

  /// The number of open sockets.
  std::size_t open() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return count(kind::referenced) + count(kind::unreferenced);
  }

  /// The number of sockets opened so far.
  std::uint64_t opened() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return opened_;
  }

  /// Calls what was set by `on_shutdown`, now or later.
  void shut_down() {
    std::vector<std::function<void()>> calls;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      is_shut_down_ = true;
      for (auto& [id, each] : present_) {
        if (each.on_shutdown) calls.push_back(std::exchange(each.on_shutdown, nullptr));
      }
    }
    for (const auto& call : calls) call();
  }

  using reporter = std::function<void(std::vector<std::string>)>;

  /// Blocks until no referenced socket and no actor is left, hidden ones aside. After
  /// `patience`, unless it is 0, `report` is called once with the names of the remaining ones.
  void await_none_referenced(std::chrono::milliseconds patience, const reporter& report) {
    await_none_of(patience, report,
                  [](kind what) { return what == kind::referenced || what == kind::actor; });
  }

  /// The same until nothing is left.
  void await_none(std::chrono::milliseconds patience, const reporter& report) {
    await_none_of(patience, report, [](kind) { return true; });
  }

 private:
  struct one {
    kind what;
    std::string name;
    std::function<void()> on_shutdown;
  };

  template <class IsAwaited>
  void await_none_of(std::chrono::milliseconds patience, const reporter& report,
                     IsAwaited is_awaited) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto none = [&] {
      for (std::size_t i = 0; i < counts_.size(); ++i) {
        if (counts_.at(i) > 0 && is_awaited(static_cast<kind>(i))) return false;
      }
      return true;
    };
    if (patience == std::chrono::milliseconds::zero()) return changed_.wait(lock, none);
    if (changed_.wait_for(lock, patience, none)) return;
    std::vector<std::string> names;
    for (const auto& [id, each] : present_) {
      if (is_awaited(each.what)) names.push_back(each.name);
    }
    lock.unlock();
    report(std::move(names));
    lock.lock();
    changed_.wait(lock, none);
  }

  std::size_t count(kind what) const { return counts_[static_cast<std::size_t>(what)]; }

  void rename(std::uint64_t id, std::string name) {
    const std::lock_guard<std::mutex> guard(mutex_);
    present_.at(id).name = std::move(name);
  }

  void on_shutdown(std::uint64_t id, std::function<void()> what) {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      if (!is_shut_down_) {
        present_.at(id).on_shutdown = std::move(what);
        return;
      }
    }
    what();
  }

  void remove(std::uint64_t id) {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = present_.find(id);
    --counts_[static_cast<std::size_t>(found->second.what)];
    present_.erase(found);
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, one> present_;
  std::array<std::size_t, 5> counts_{};
  bool is_shut_down_ = false;
  std::uint64_t next_id_ = 0;
  std::uint64_t opened_ = 0;
};

}  // namespace dgram
