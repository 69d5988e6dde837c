#include "caf_dgram/actors/core/busy_reports.h"

#include <cstdio>

namespace dgram {
namespace {

double in_milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

void busy_reports::report_running(std::size_t loop, const std::string& actor,
                                  std::chrono::nanoseconds so_far) {
  std::fprintf(stderr, "caf-dgram: %s has held up loop %zu for %.1f ms and still does\n",
               actor.c_str(), loop, in_milliseconds(so_far));
}

void busy_reports::report_return(std::size_t loop, const std::string& actor,
                                 std::chrono::nanoseconds took) {
  std::fprintf(stderr, "caf-dgram: %s held up loop %zu for %.1f ms\n", actor.c_str(), loop,
               in_milliseconds(took));
}

}  // namespace dgram
