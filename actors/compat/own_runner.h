/// The base of what runs actors beside CAF's scheduler.
#pragma once

#include "caf/actor_system.hpp"
#include "caf/resumable.hpp"
#include "caf_dgram/actors/compat/job.h"
#include "caf_dgram/actors/compat/runner.h"

namespace dgram {

class own_runner : public actor_runner {
 public:
#if CAF_MAJOR_VERSION >= 1
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
