#include "caf_dgram/actors/core/seat_on_loop.h"

#include <utility>

namespace dgram {

seat_on_loop::seat_on_loop(std::shared_ptr<loop_home> home, std::size_t loop,
                           socket_census::entry census, std::shared_ptr<const busy_reports> reports)
    : home_(std::move(home)),
      loop_(loop),
      reports_(std::move(reports)),
      census_(std::move(census)) {
  home_->add_actor();
}

// Of an actor that could not be constructed.
seat_on_loop::~seat_on_loop() { leave(); }

void seat_on_loop::take(std::string name, std::function<void()> end) {
  name_ = std::move(name);
  key_ = home_->watch()->add(name_);
  census_.rename(name_);
  census_.on_shutdown(std::move(end));
}

void seat_on_loop::leave() {
  if (std::exchange(is_left_, true)) return;
  home_->watch()->remove(key_);
  home_->remove_actor();
  // Last, since the runtime may end from here on.
  census_ = {};
}

bool seat_on_loop::may_run_at_once() const noexcept {
  const auto& watch = *home_->watch();
  return !watch.is_running() && watch.leaves_time();
}

void seat_on_loop::end_run() {
  const auto took = home_->watch()->end();
  if (!reports_->are_due(took)) return;
  busy_reports::report_return(loop_, name_, took);
  home_->watch()->interrupt();
}

}  // namespace dgram
