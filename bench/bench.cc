// Runs all workloads with this library, plain C++ and the peers, interleaved:
//
//   ./bazelw run -c opt //bench
//   ./bazelw run -c opt //bench -- --quick
//   ./bazelw run -c opt //bench -- --only=flood_1200 --json=/tmp/rows.json
//
// Each measurement is a process of its own; a round measures every contender of every
// workload once. Compare figures of the same run only: machines differ, and their speed
// varies.

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "bench/report.h"
#include "bench/workloads.h"

ABSL_FLAG(bool, quick, false, "one short round, for a first look: ends within 60 s");
ABSL_FLAG(std::vector<std::string>, only, {}, "workloads, separated by commas");
ABSL_FLAG(std::string, json, "", "also write the figures to this file");
ABSL_FLAG(int, runs, 5, "rounds");
ABSL_FLAG(double, seconds, 0.6, "how long a stream is watched");
ABSL_FLAG(std::string, measure, "", "internal: WORKLOAD/CONTENDER to measure in this process");

namespace {

/// Seconds after which a measurement is considered stuck.
constexpr unsigned longest_measurement = 30;

bench::effort chosen_effort() {
  bench::effort how;
  how.seconds = absl::GetFlag(FLAGS_seconds);
  if (absl::GetFlag(FLAGS_quick)) how = {0.12, 3000};
  return how;
}

void allow_many_descriptors() {
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto wanted = std::max<::rlim_t>(limit.rlim_max, 32'768);
  limit = {wanted, wanted};
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

/// Grows the descriptor table to its final size. While the process has threads, the kernel
/// waits for all CPUs whenever the table grows, which would slow down only those
/// contenders that have started threads by then.
void make_room_for_descriptors() {
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto last = static_cast<int>(std::min<::rlim_t>(limit.rlim_cur, 32'768)) - 1;
  if (::dup2(STDERR_FILENO, last) == last) ::close(last);
}

/// Prints one contender's figures, one per line.
int measure_here(const std::string& what) {
  allow_many_descriptors();
  make_room_for_descriptors();
  // Memory freed by one thread is soon reused by another. Without this, glibc's malloc
  // keeps returning pages to the system and requesting them again.
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);  // NOLINT: no other thread is there yet
  ::mallopt(M_TOP_PAD, 16 << 20);        // NOLINT: the same
  ::alarm(longest_measurement);
  for (const auto& work : bench::all_workloads()) {
    for (const auto& each : work.contenders) {
      if (work.name + "/" + each.name != what) continue;
      const auto who = each.make();
      for (const auto& value : work.measure(*who, chosen_effort())) {
        std::printf("%.9g\t%s\t%s\n", value.value, value.quantity.c_str(), value.unit.c_str());
      }
      // Does not wait for operations in flight.
      std::fflush(stdout);
      ::_exit(0);
    }
  }
  std::fprintf(stderr, "no such measurement: %s\n", what.c_str());
  return 2;
}

/// Measures in a new process; returns no figures if that fails.
std::vector<bench::figure> measure(const std::string& program, const std::string& what) {
  const auto command = "'" + program + "' --measure='" + what +
                       "' --seconds=" + std::to_string(absl::GetFlag(FLAGS_seconds)) +
                       (absl::GetFlag(FLAGS_quick) ? " --quick" : "");
  std::vector<bench::figure> result;
  std::FILE* output = ::popen(command.c_str(), "r");
  if (output == nullptr) return result;
  std::array<char, 256> text{};
  while (std::fgets(text.data(), text.size(), output) != nullptr) {
    std::istringstream line(text.data());
    bench::figure value;
    line >> value.value;
    line.ignore();
    std::getline(line, value.quantity, '\t');
    std::getline(line, value.unit);
    result.push_back(value);
  }
  if (::pclose(output) != 0) {
    std::fprintf(stderr, "\n%s failed\n", what.c_str());
    result.clear();
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  if (const auto what = absl::GetFlag(FLAGS_measure); !what.empty()) {
    try {
      return measure_here(what);
    } catch (const std::exception& why) {
      std::fprintf(stderr, "\n%s: %s\n", what.c_str(), why.what());
      return 1;
    }
  }
  auto workloads = bench::all_workloads();
  if (const auto only = absl::GetFlag(FLAGS_only); !only.empty()) {
    workloads.erase(std::remove_if(workloads.begin(), workloads.end(),
                                   [&](const auto& each) {
                                     return std::find(only.begin(), only.end(), each.name) ==
                                            only.end();
                                   }),
                    workloads.end());
    if (workloads.size() != only.size()) {
      std::fprintf(stderr, "an unknown workload; there are:\n");
      for (const auto& each : bench::all_workloads()) {
        std::fprintf(stderr, "  %-24s %s\n", each.name.c_str(), each.about.c_str());
      }
      return 2;
    }
  }
  const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  const int runs = absl::GetFlag(FLAGS_quick) ? 1 : absl::GetFlag(FLAGS_runs);
  bench::report report;
  for (int run = 1; run <= runs; ++run) {
    for (const auto& work : workloads) {
      for (const auto& each : work.contenders) {
        std::fprintf(stderr, "\r\033[Kround %d of %d: %s, %s", run, runs, work.name.c_str(),
                     each.name.c_str());
        for (const auto& value : measure(program, work.name + "/" + each.name)) {
          report.add(work.name, each.name, each.name == work.limit, value);
        }
      }
    }
  }
  std::fprintf(stderr, "\r\033[K");
  report.compare();
  report.print();
  if (const auto path = absl::GetFlag(FLAGS_json); !path.empty()) report.write_json(path);
  return 0;
}
