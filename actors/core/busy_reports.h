/// Reports actors that hold up the sockets of their loop, on stderr.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace dgram {

class busy_reports {
 public:
  /// Zero never reports.
  explicit busy_reports(std::chrono::nanoseconds limit) : limit_(limit) {}

  std::chrono::nanoseconds limit() const noexcept { return limit_; }

  /// Whether a run that took so long has to be reported.
  bool are_due(std::chrono::nanoseconds took) const noexcept {
    return limit_ > std::chrono::nanoseconds::zero() && took > limit_;
  }

  /// The actor still runs.
  static void report_running(std::size_t loop, const std::string& actor,
                             std::chrono::nanoseconds so_far);

  /// The actor has returned.
  static void report_return(std::size_t loop, const std::string& actor,
                            std::chrono::nanoseconds took);

 private:
  const std::chrono::nanoseconds limit_;
};

}  // namespace dgram
