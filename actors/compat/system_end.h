/// Reports the end of an actor system while its scheduler still runs.
#pragma once

#include <functional>

#include "caf/actor_control_block.hpp"
#include "caf/actor_system.hpp"

namespace dgram {

/// Calls back once, on a thread of CAF's, after the system's own actors have ended and
/// before it stops its threads. The system waits for the callback. No callback starts
/// after this object is destroyed.
class system_end_watch {
 public:
  system_end_watch(caf::actor_system& system, std::function<void()> callback);
  system_end_watch(const system_end_watch&) = delete;
  system_end_watch& operator=(const system_end_watch&) = delete;
  ~system_end_watch();

  /// Stops watching; a running callback is not interrupted.
  void stop();

 private:
  caf::strong_actor_ptr watched_;
};

}  // namespace dgram
