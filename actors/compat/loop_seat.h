/// The place of a program's actor on a loop.
#pragma once

#include <functional>
#include <string>

#include "caf_dgram/actors/compat/runner.h"

namespace dgram {

/// Made by the runtime, owned by the actor.
class loop_seat {
 public:
  loop_seat() = default;
  loop_seat(const loop_seat&) = delete;
  loop_seat& operator=(const loop_seat&) = delete;
  virtual ~loop_seat() = default;

  /// Identifies the loop. Any thread.
  virtual const void* home() const noexcept = 0;

  /// Has the loop run the actor. Outlives the loop, as handles to the actor do. Any thread.
  virtual actor_runner& runner() noexcept = 0;

  /// The actor has taken the seat. `end` asks it to end; called once, on any thread, and at
  /// once if the runtime has shut down.
  virtual void take(std::string name, std::function<void()> end) = 0;

  /// The actor has ended: the runtime may end, too. Calls after the first do nothing.
  virtual void leave() = 0;

  // -- the loop's thread --------------------------------------------------------

  /// Brackets each run of the actor, which is timed.
  virtual void begin_run() = 0;
  virtual void end_run() = 0;

  /// Whether the actor may handle a message where it is sent: no actor of this loop runs, and
  /// those that did have left time for others.
  virtual bool may_run_at_once() const noexcept = 0;
};

}  // namespace dgram
