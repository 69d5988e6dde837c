/// A resumable that is ready to run, with the reference that CAF passes along.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/resumable.hpp>

#include <cstddef>
#include <utility>

#include "caf_dgram/actors/compat/caf_version.h"
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
    add_reference(ready);
    return job(&ready);
  }

  job(job&& other) noexcept : ready_(std::exchange(other.ready_, nullptr)) {}

  job& operator=(job&& other) noexcept {
    std::swap(ready_, other.ready_);
    return *this;
  }

  ~job() {
    if (ready_ != nullptr) drop_reference(*ready_);
  }

  /// Whether it is that, too.
  template <class T>
  bool is_a() const {
    return dynamic_cast<const T*>(ready_) != nullptr;
  }

#ifdef CAF_DGRAM_AFTER_CAF_1_1
  /// Whether it runs on a loop rather than on CAF's scheduler.
  bool is_hosted() const {
    const auto* pinned = ready_->pinned_scheduler();
    return pinned != nullptr && !pinned->is_system_scheduler();
  }

  /// Runs it; true if it has to run again. It limits itself and schedules itself anew.
  bool run(actor_runner* on, std::size_t) {
    ready_->resume(on, event);
    return false;
  }

  void pass_to_scheduler_of(caf::actor_system& system) && {
    system.scheduler().schedule(std::move(*this).release(), event);
  }

  /// Has it run after the current job of `runner`, or on the scheduler if that is null.
  void run_later(actor_runner* runner, caf::actor_system& system) && {
    if (runner == nullptr) return std::move(*this).pass_to_scheduler_of(system);
    runner->delay(std::move(*this).release(), event);
  }
#else
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
#endif

 private:
#ifdef CAF_DGRAM_AFTER_CAF_1_1
  static constexpr auto event = caf::resumable::default_event_id;

  static void add_reference(caf::resumable& to) { to.ref(); }
  static void drop_reference(caf::resumable& of) { of.deref(); }

  caf::resumable_ptr release() && { return {std::exchange(ready_, nullptr), caf::adopt_ref}; }
#else
  static void add_reference(caf::resumable& to) { caf::intrusive_ptr_add_ref(&to); }
  static void drop_reference(caf::resumable& of) { caf::intrusive_ptr_release(&of); }
#endif

  caf::resumable* ready_ = nullptr;
};

}  // namespace dgram
