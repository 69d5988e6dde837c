// Microbenchmarks of the hot paths:
//
//   ./bazelw run -c opt //bench:micro

#include <netinet/in.h>
#include <netinet/udp.h>

#include <cstring>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/memory/chunk_pool.h"
#include "caf_dgram/dgram/posix/control_message.h"
#include "caf_dgram/dgram/posix/segmentation.h"
#include "caf_dgram/dgram/posix/transmit.h"

namespace {

const auto peer4 = dgram::endpoint::loopback(dgram::family::udp4, 41'234);
const auto peer6 = dgram::endpoint::loopback(dgram::family::udp6, 41'234);

void endpoint_parse(benchmark::State& state, const char* text) {
  for (auto _ : state) benchmark::DoNotOptimize(dgram::endpoint::parse(text));
}
BENCHMARK_CAPTURE(endpoint_parse, ipv4, "192.0.2.1:53");
BENCHMARK_CAPTURE(endpoint_parse, ipv6, "[2001:db8::1]:53");
BENCHMARK_CAPTURE(endpoint_parse, path, "unix:/run/log.sock");

void endpoint_to_string(benchmark::State& state, const dgram::endpoint& what) {
  for (auto _ : state) benchmark::DoNotOptimize(what.to_string());
}
BENCHMARK_CAPTURE(endpoint_to_string, ipv4, peer4);
BENCHMARK_CAPTURE(endpoint_to_string, ipv6, peer6);

void endpoint_from_sockaddr(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(dgram::endpoint::from_sockaddr(peer4.data(), peer4.size()));
  }
}
BENCHMARK(endpoint_from_sockaddr);

void endpoint_equal(benchmark::State& state) {
  const auto copy = peer4;
  for (auto _ : state) benchmark::DoNotOptimize(copy == peer4);
}
BENCHMARK(endpoint_equal);

/// Reads the datagrams of one merged buffer.
void split(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  dgram::batch got;
  got.add_segments(dgram::payload(std::string(count * 64, 'x')), 64, peer4);
  for (auto _ : state) {
    for (const dgram::datagram& each : got) benchmark::DoNotOptimize(each.bytes.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(split)->Arg(1)->Arg(64);

/// The same into payloads that outlive the batch.
void split_into_payloads(benchmark::State& state) {
  const dgram::payload bytes(std::string(4096, 'x'));
  for (auto _ : state) {
    bytes.split(64, [](const dgram::payload& each) { benchmark::DoNotOptimize(each.data()); });
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(split_into_payloads);

/// Builds a batch of 64 datagrams of 64 bytes, one by one.
void coalesce(benchmark::State& state) {
  const std::string bytes(64, 'x');
  const dgram::segmentation offload(true);
  dgram::transmit_plan plan(dgram::family::udp4, offload);
  for (auto _ : state) {
    plan.clear();
    for (int i = 0; i < 64; ++i) plan.add_run(bytes, bytes.size(), &peer4);
    benchmark::DoNotOptimize(plan.transmits().data());
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(coalesce);

/// The same from slices of one buffer.
void coalesce_run(benchmark::State& state) {
  const std::string bytes(4096, 'x');
  const dgram::segmentation offload(true);
  dgram::transmit_plan plan(dgram::family::udp4, offload);
  for (auto _ : state) {
    plan.clear();
    plan.add_run(bytes, 64, &peer4);
    benchmark::DoNotOptimize(plan.transmits().data());
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(coalesce_run);

void control_message_write(benchmark::State& state) {
  for (auto _ : state) {
    dgram::control_writer control;
    control.add_segment_size(1200);
    ::msghdr message{};
    control.attach_to(message);
    benchmark::DoNotOptimize(message);
  }
}
BENCHMARK(control_message_write);

void control_message_read(benchmark::State& state) {
  alignas(::cmsghdr) dgram::control_buffer buffer{};
  auto* header = reinterpret_cast<::cmsghdr*>(buffer.data());
  const int segment = 1200;
  header->cmsg_level = IPPROTO_UDP;
  header->cmsg_type = UDP_GRO;
  header->cmsg_len = CMSG_LEN(sizeof(segment));
  std::memcpy(CMSG_DATA(header), &segment, sizeof(segment));
  ::msghdr message{};
  message.msg_control = buffer.data();
  message.msg_controllen = CMSG_SPACE(sizeof(segment));
  for (auto _ : state) benchmark::DoNotOptimize(dgram::read_control(message));
}
BENCHMARK(control_message_read);

void chunk_take_and_give_back(benchmark::State& state) {
  const auto pool = dgram::chunk_pool::make(1 << 20);
  for (auto _ : state) {
    auto memory = pool->take(1200);
    const auto shared = dgram::chunk::share(std::move(memory));
    benchmark::DoNotOptimize(shared.get());
  }
}
BENCHMARK(chunk_take_and_give_back);

}  // namespace
