#include "caf_dgram/actors/resolve/lookup_threads.h"

#include <thread>
#include <utility>

#include "caf_dgram/dgram/posix/lookup.h"

namespace dgram {

void lookup_threads::submit(family f, std::string name, callback done) {
  const std::lock_guard<std::mutex> guard(mutex_);
  if (closed_) return;
  const auto key = next_key_++;
  callbacks_.emplace(key, std::move(done));
  waiting_.push_back({f, std::move(name), key});
  if (threads_ < limit_) start_thread();
}

void lookup_threads::start_thread() {
  std::thread([self = shared_from_this()] { self->run(); }).detach();
  ++threads_;
}

void lookup_threads::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!waiting_.empty()) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    auto found = lookup(next.family, next.name);
    lock.lock();
    // Called under the lock, so that no callback runs after `close`.
    if (auto done = callbacks_.extract(next.key)) done.mapped()(std::move(found));
  }
  --threads_;
}

void lookup_threads::close() {
  const std::lock_guard<std::mutex> guard(mutex_);
  closed_ = true;
  waiting_.clear();
  callbacks_.clear();
}

}  // namespace dgram
