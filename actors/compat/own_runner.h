/// The base of what runs actors beside CAF's scheduler.
#pragma once

#include <cstdint>

#include "caf/actor_system.hpp"
#include "caf/resumable.hpp"
#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/compat/job.h"
#include "caf_dgram/actors/compat/runner.h"

namespace dgram {

class own_runner : public actor_runner {
 public:
#ifdef CAF_DGRAM_AFTER_CAF_1_1
  explicit own_runner(caf::actor_system& system) : system_(system) {}
  void schedule(caf::resumable_ptr ready, std::uint64_t) final { run_later(job(ready.release())); }
  void delay(caf::resumable_ptr ready, std::uint64_t) final { run_later(job(ready.release())); }
  bool is_system_scheduler() const noexcept final { return false; }
  void start() final {}
  void stop() final {}
#elif CAF_MAJOR_VERSION >= 1
  explicit own_runner(caf::actor_system& system) : system_(system) {}
  void schedule(caf::resumable* ready) final { run_later(job(ready)); }
  void delay(caf::resumable* ready) final { run_later(job(ready)); }
  void start() final {}
  void stop() final {}
#else
  explicit own_runner(caf::actor_system& system) : actor_runner(&system), system_(system) {}
  void exec_later(caf::resumable* ready) final { run_later(job(ready)); }
#endif

 protected:
  /// An actor that this runner runs, or one to which such an actor has sent a message,
  /// has something to do. Any thread.
  virtual void run_later(job ready) = 0;

  caf::actor_system& home_system() const noexcept { return system_; }

 private:
  caf::actor_system& system_;
};

}  // namespace dgram
