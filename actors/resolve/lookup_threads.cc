#include "caf_dgram/actors/resolve/lookup_threads.h"

#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {
namespace {

constexpr absl::string_view operation = "resolve";

}  // namespace

void lookup_threads::submit(family f, std::string name, callback done) {
  const std::lock_guard<std::mutex> guard(mutex_);
  if (closed_) return;
  if (waiting_.size() >= most_) {
    return done(failure(errc::queue_full, operation, dgram::quoted(name),
                        absl::StrCat(waiting_.size(), " names wait to be looked up")));
  }
  const auto key = next_key_++;
  callbacks_.emplace(key, std::move(done));
  waiting_.push_back({f, std::move(name), key, clock::now()});
  if (threads_ == limit_) return;
  try {
    start_thread();
  } catch (const std::system_error& e) {
    // One that runs will take it.
    if (threads_ > 0) return;
    const auto lost = std::move(waiting_.back());
    waiting_.pop_back();
    answer_with(lost, failure(errc::name_not_resolved, operation, dgram::quoted(lost.name),
                              absl::StrCat("no thread can be started: ", e.what())));
  }
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
    if (clock::now() - next.asked >= patience_) {
      answer_with(next, failure(errc::name_not_resolved, operation, dgram::quoted(next.name),
                                "no thread was free in time"));
      continue;
    }
    lock.unlock();
    auto found = look_up_(next.family, next.name);
    lock.lock();
    answer_with(next, std::move(found));
  }
  --threads_;
}

void lookup_threads::answer_with(const question& what, answer found) {
  // Called under the lock, so that no callback runs after `close`.
  if (auto done = callbacks_.extract(what.key)) done.mapped()(std::move(found));
}

void lookup_threads::close() {
  const std::lock_guard<std::mutex> guard(mutex_);
  closed_ = true;
  waiting_.clear();
  callbacks_.clear();
}

}  // namespace dgram
