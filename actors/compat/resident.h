/// What the library asks of actors on a loop, its sockets included.
#pragma once

namespace dgram {

class resident {
 public:
  resident() = default;
  resident(const resident&) = delete;
  resident& operator=(const resident&) = delete;
  virtual ~resident() = default;

  /// Identifies the loop that runs the actor. Any thread.
  virtual const void* home() const noexcept = 0;
};

}  // namespace dgram
