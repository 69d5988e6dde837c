/// The runtime's part of an actor that lives on a loop.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "caf_dgram/actors/compat/loop_seat.h"
#include "caf_dgram/actors/core/busy_reports.h"
#include "caf_dgram/actors/loop/loop_home.h"
#include "caf_dgram/actors/socket/socket_census.h"

namespace dgram {

class seat_on_loop final : public loop_seat {
 public:
  seat_on_loop(std::shared_ptr<loop_home> home, std::size_t loop, socket_census::entry census,
               std::shared_ptr<const busy_reports> reports);
  ~seat_on_loop() override;

  const void* home() const noexcept override { return home_->inbox().get(); }
  actor_runner& runner() noexcept override { return *home_; }
  void take(std::string name, std::function<void()> end) override;
  void leave() override;
  void begin_run() override { home_->watch()->begin(key_); }
  void end_run() override;
  bool may_run_at_once() const noexcept override;

 private:
  const std::shared_ptr<loop_home> home_;
  const std::size_t loop_;  ///< Its index.
  const std::shared_ptr<const busy_reports> reports_;
  socket_census::entry census_;
  std::string name_;
  run_watch::key key_ = 0;
  bool is_left_ = false;
};

}  // namespace dgram
