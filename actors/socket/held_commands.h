/// Commands that arrived after a bind or connect whose host name is being looked up.
#pragma once

#include <list>
#include <memory>
#include <utility>

#include "caf_dgram/actors/socket/reply.h"

namespace dgram {

/// A queue of commands and the answers they are owed.
class held_commands {
 public:
  bool empty() const noexcept { return held_.empty(); }

  /// `run_next` will call `run` with the command and its reply.
  template <class Command, class Run>
  void push(Command command, reply<typename Command::answer> owed, Run run) {
    held_.push_back(
        std::make_unique<held<Command, Run>>(std::move(command), std::move(owed), std::move(run)));
  }

  /// Removes the first command and runs it. Precondition: not `empty`.
  void run_next() {
    const auto next = std::move(held_.front());
    held_.pop_front();
    next->run();
  }

 private:
  struct any_held {
    virtual ~any_held() = default;
    virtual void run() = 0;
  };

  template <class Command, class Run>
  struct held final : any_held {
    held(Command command, reply<typename Command::answer> owed, Run run)
        : command(std::move(command)), owed(std::move(owed)), action(std::move(run)) {}

    void run() override { action(command, std::move(owed)); }

    Command command;
    reply<typename Command::answer> owed;
    Run action;
  };

  std::list<std::unique_ptr<any_held>> held_;  ///< Without memory while it is empty.
};

}  // namespace dgram
