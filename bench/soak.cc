/// A soak test: random sockets, subscribers, options, overload, faults and kills. Exits 0
/// only if every datagram is accounted for, nothing leaks and memory use stays flat.
///
///   ./bazelw run -c opt //bench:soak -- --seconds=60
///   ./bazelw run --config=asan //bench:soak -- --seconds=1800 --seed=1

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "bench/soak_round.h"
#include "caf_dgram/actors/compat/scheduling.h"
#include "caf_dgram/dgram/posix/receiver.h"
#include "tests/support/networked.h"
#include "tests/support/usage.h"

ABSL_FLAG(int, seconds, 30, "how long to go on");
ABSL_FLAG(std::uint64_t, seed, 0, "of all that is random; 0 for a new one");

namespace dgram::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How much the process may grow after its first rounds.
constexpr std::size_t allowed_growth = std::size_t{48} << 20;

std::size_t chunks_in_use(const runtime& net) {
  std::size_t total = 0;
  for (const auto& each : net.get_statistics().loops) total += each.chunks_in_use;
  return total;
}

/// Events in flight may hold memory slightly longer than their sockets live.
template <class Value, class Measure>
bool comes_down_to(Value most, Measure measure) {
  const auto until = steady_clock::now() + std::chrono::seconds(20);
  while (measure() > most) {
    if (steady_clock::now() > until) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

int soak(std::chrono::seconds duration, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  testing::networked_config config;
  dgram::use_threads(config, 4);
  dgram::use_sharing(config);
  caf::actor_system system{config};
  testing::networked_config config_elsewhere;
  caf::actor_system elsewhere{config_elsewhere};
  runtime_options options;
  options.loops = 2;
  options.linger = std::chrono::seconds(20);
  runtime net{system, options};

  soak_report report;
  const auto begin = steady_clock::now();
  const auto end = begin + duration;
  const auto warm = begin + duration / 5;
  std::size_t descriptors = 0;
  // Those that the loops read into.
  const auto chunks = options.loops * receiver::max_buffers;
  std::size_t at_first = 0;
  std::size_t later = 0;
  while (report.failures.empty() && steady_clock::now() < end) {
    // Ends the soak if an actor never answers.
    ::alarm(600);
    soak_round({system, elsewhere, net}, random, milliseconds(500 + random() % 1500), report);
    auto& peak = report.rounds < 4 || steady_clock::now() < warm ? at_first : later;
    peak = std::max(peak, testing::resident_bytes());
    if (!comes_down_to(chunks, [&net] { return chunks_in_use(net); })) {
      report.failures.push_back("memory of datagrams leaks: " + std::to_string(chunks_in_use(net)) +
                                " chunks, more than " + std::to_string(chunks));
    }
    if (report.rounds <= 3) {
      descriptors = std::max(descriptors, testing::open_descriptors());
      continue;
    }
    if (!comes_down_to(descriptors, testing::open_descriptors)) {
      report.failures.push_back("descriptors leak: " + std::to_string(testing::open_descriptors()) +
                                ", more than " + std::to_string(descriptors));
    }
    std::fprintf(stderr, "\rsoak: round %llu, %llu datagrams, %zu MiB ",
                 static_cast<unsigned long long>(report.rounds),
                 static_cast<unsigned long long>(report.sent), testing::resident_bytes() >> 20U);
  }
  if (!testing::keeps_freed_memory && later > at_first + allowed_growth) {
    report.failures.push_back("memory grew from " + std::to_string(at_first >> 20U) + " to " +
                              std::to_string(later >> 20U) + " MiB");
  }

  const auto print = [](const char* name, std::uint64_t value) {
    std::printf("%-16s %llu\n", name, static_cast<unsigned long long>(value));
  };
  std::printf("\n");
  print("seed", seed);
  print("seconds",
        static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - begin).count()));
  print("rounds", report.rounds);
  print("sums checked", report.sums);
  print("sent", report.sent);
  print("received", report.received);
  print("kernel drops", report.kernel_drops);
  print("delivered", report.delivered);
  print("lost", report.lost);
  print("refused", report.refused);
  print("kills", report.kills);
  print("faults", report.faults);
  print("commands", report.commands);
  print("peak MiB, warm", at_first >> 20U);
  print("peak MiB, later", later >> 20U);
  for (const auto& each : report.failures) std::printf("FAILED: %s\n", each.c_str());
  return report.failures.empty() ? 0 : 1;
}

}  // namespace
}  // namespace dgram::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Soaks sockets in load and faults; exits 0 if the sums hold.");
  absl::ParseCommandLine(argc, argv);
  auto seed = absl::GetFlag(FLAGS_seed);
  if (seed == 0) seed = std::random_device{}();
  return dgram::bench::soak(std::chrono::seconds(absl::GetFlag(FLAGS_seconds)), seed);
}
