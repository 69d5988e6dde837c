/// A resumable that is ready to run, with the reference that CAF passes along.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/resumable.hpp>

#include <cstddef>
#include <utility>

#include "caf_dgram/actors/compat/runner.h"
#if CAF_MAJOR_VERSION < 1
#include <caf/scheduler/abstract_coordinator.hpp>
#endif

namespace dgram {

/// Move-only; releases the reference unless it was passed on.
class job {
 public:
  job() = default;

  /// Takes over the caller's reference.
  explicit job(caf::resumable* ready) noexcept : ready_(ready) {}

  /// Adds a reference.
  static job sharing(caf::resumable& ready) {
    caf::intrusive_ptr_add_ref(&ready);
    return job(&ready);
  }

  job(job&& other) noexcept : ready_(std::exchange(other.ready_, nullptr)) {}

  job& operator=(job&& other) noexcept {
    std::swap(ready_, other.ready_);
    return *this;
  }

  ~job() {
    if (ready_ != nullptr) caf::intrusive_ptr_release(ready_);
  }

  /// Whether it runs on a loop rather than on CAF's scheduler.
  bool is_hosted() const { return ready_->subtype() == caf::resumable::io_actor; }

  /// Runs it for at most `messages` messages; true if it has to run again.
  bool run(actor_runner* on, std::size_t messages) {
    return ready_->resume(on, messages) == caf::resumable::resume_later;
  }

  void pass_to_scheduler_of(caf::actor_system& system) && {
    auto* ready = std::exchange(ready_, nullptr);
#if CAF_MAJOR_VERSION >= 1
    system.scheduler().schedule(ready);
#else
    system.scheduler().enqueue(ready);
#endif
  }

  /// Has it run after the current job of `runner`, or on the scheduler if that is null.
  void run_later(actor_runner* runner, caf::actor_system& system) && {
    if (runner == nullptr) return std::move(*this).pass_to_scheduler_of(system);
    auto* ready = std::exchange(ready_, nullptr);
#if CAF_MAJOR_VERSION >= 1
    runner->delay(ready);
#else
    runner->exec_later(ready);
#endif
  }

 private:
  caf::resumable* ready_ = nullptr;
};

}  // namespace dgram
