// A program on the bus by LCM's own library:
//
//   lcm_peer URL subscribe PATTERN COUNT       prints "ready", then what comes
//   lcm_peer URL publish CHANNEL SIZE COUNT [INTERVAL]
//                                              publishes samples of SIZE bytes, one in INTERVAL ms
//
// Each message is printed as "CHANNEL SIZE intact", or "… damaged" if it is no sample.

#include <lcm/lcm.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/support/sample.h"

namespace dgram::testing {
namespace {

void on_message(const ::lcm_recv_buf_t* buffer, const char* channel, void* left) {
  const std::string bytes(static_cast<const char*>(buffer->data), buffer->data_size);
  std::printf("%s %zu %s\n", channel, bytes.size(), is_sample(bytes) ? "intact" : "damaged");
  std::fflush(stdout);
  --*static_cast<int*>(left);
}

int listen(::lcm_t* bus, const char* pattern, int count) {
  auto* const subscription = ::lcm_subscribe(bus, pattern, on_message, &count);
  if (subscription == nullptr) return 1;
  // Without a limit, so that nothing is lost where the kernel has kept it.
  ::lcm_subscription_set_queue_capacity(subscription, 0);
  std::puts("ready");
  std::fflush(stdout);
  while (count > 0) {
    if (::lcm_handle(bus) != 0) return 1;
  }
  return 0;
}

int speak(::lcm_t* bus, const char* channel, std::size_t size, int count, int interval) {
  for (int i = 0; i < count; ++i) {
    const auto bytes = sample(size, static_cast<unsigned>(i));
    std::this_thread::sleep_for(std::chrono::milliseconds(interval));
    if (::lcm_publish(bus, channel, bytes.data(), static_cast<unsigned>(size)) != 0) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace dgram::testing

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  auto* const bus = ::lcm_create(argv[1]);
  if (bus == nullptr) return 1;
  const int status =
      std::string(argv[2]) == "subscribe"
          ? dgram::testing::listen(bus, argv[3], std::atoi(argv[4]))
          : dgram::testing::speak(bus, argv[3], std::strtoul(argv[4], nullptr, 10),
                                  std::atoi(argv[5]), argc > 6 ? std::atoi(argv[6]) : 0);
  ::lcm_destroy(bus);
  return status;
}
