#include "bench/workloads.h"

#include <algorithm>
#include <utility>

namespace bench {
namespace {

const entry raw_poll{"raw poll", make_raw_poll};
const entry raw_mmsg{"raw mmsg", make_raw_mmsg};
const entry raw_offload{"raw offload", make_raw_offload};
const entry batch{"caf-dgram batch", make_caf_dgram_batch};
const entry single{"caf-dgram", make_caf_dgram_single};
const entry batch_on_loop{"on loop, batch", make_caf_dgram_batch_on_loop};
const entry single_on_loop{"on loop", make_caf_dgram_single_on_loop};
const entry libuv{"libuv", make_libuv};
const entry asio{"asio", make_asio};
const entry node{"node", make_node};
const entry lcm{"liblcm", make_lcm};
const entry bus_single{"bus", make_bus_single};
const entry bus_batch{"bus, batch", make_bus_batch};
const entry bus_packed{"bus, packed", make_bus_packed};
const entry bus_typed{"bus, topic", make_bus_typed};
const entry two_sockets{"two sockets", make_two_sockets};
const entry two_members{"two members", make_two_members};
const entry two_channels{"two channels", make_two_channels};
const entry two_topics{"two topics", make_two_topics};
const entry broker{"caf broker", make_caf_broker};

traffic with_sizes(std::vector<std::size_t> sizes) {
  traffic result;
  result.sizes = std::move(sizes);
  return result;
}

traffic to_destinations(std::size_t count) {
  auto result = with_sizes({64});
  result.receivers = count;
  return result;
}

traffic to_members(std::size_t count) {
  auto result = with_sizes({64});
  result.receivers = count;
  result.multicast = true;
  return result;
}

traffic over_unix(std::size_t size) {
  auto result = with_sizes({size});
  result.family = dgram::family::unix_dgram;
  return result;
}

/// Sizes that grow and then start again, so that hardly any two neighbours can share a
/// message.
std::vector<std::size_t> mixed_sizes() {
  std::vector<std::size_t> sizes;
  for (std::size_t size = 40; size <= 1400; size += 85) sizes.push_back(size);
  return sizes;
}

workload streamed(std::string name, std::string about, const entry& limit, const traffic& what,
                  const std::vector<entry>& others) {
  std::vector<entry> all{limit};
  all.insert(all.end(), others.begin(), others.end());
  return {std::move(name), std::move(about), limit.name, std::move(all),
          [what](contender& who, const effort& how) {
            auto fitting = what;
            fitting.window = safe_window(what, 8192);
            return measure_stream(who, fitting, how);
          }};
}

traffic of_messages(std::size_t size, std::size_t window, std::size_t subscribers = 1) {
  auto result = to_members(subscribers);
  result.sizes = {size};
  result.window = window;
  return result;
}

workload published(std::string name, std::string about, const traffic& what,
                   std::vector<entry> contenders) {
  contenders.insert(contenders.begin(), lcm);
  return {std::move(name), std::move(about), lcm.name, std::move(contenders),
          [what](contender& who, const effort& how) { return measure_stream(who, what, how); }};
}

workload echoed(std::string name, std::size_t in_flight) {
  return {
      std::move(name),
      "round trips of 64 bytes, " + std::to_string(in_flight) + " under way",
      raw_poll.name,
      {raw_poll, single, single_on_loop, libuv, asio, node, broker},
      [in_flight](contender& who, const effort& how) { return measure_echo(who, in_flight, how); }};
}

workload opened(std::string name, std::size_t sockets, std::vector<entry> contenders) {
  return {std::move(name), std::to_string(sockets) + " open sockets", raw_poll.name,
          std::move(contenders), [sockets](contender& who, const effort& how) {
            return measure_sockets(who, sockets, how);
          }};
}

}  // namespace

const std::vector<std::string>& peers() {
  static const std::vector<std::string> names{libuv.name, asio.name, node.name, broker.name};
  return names;
}

std::vector<workload> all_workloads() {
  const std::vector<entry> everybody{raw_mmsg,       raw_poll, batch, single, batch_on_loop,
                                     single_on_loop, libuv,    asio,  node,   broker};
  const std::vector<entry> without_offload{raw_poll, batch, single, batch_on_loop, single_on_loop,
                                           libuv,    asio,  node,   broker};
  const std::vector<entry> members{raw_mmsg,       batch, single, batch_on_loop,
                                   single_on_loop, libuv, asio,   node};
  const std::vector<entry> unix_capable{raw_poll,      batch,          single,
                                        batch_on_loop, single_on_loop, asio};

  std::vector<workload> all;
  for (const std::size_t size : {64, 1200}) {
    all.push_back(streamed("flood_" + std::to_string(size),
                           std::to_string(size) + " bytes to one destination", raw_offload,
                           with_sizes({size}), everybody));
  }
  all.push_back(streamed("flood_64_destinations", "64 bytes to 64 destinations in turn", raw_mmsg,
                         to_destinations(64), without_offload));
  all.push_back(streamed("flood_mixed_sizes", "40 to 1400 bytes to one destination", raw_mmsg,
                         with_sizes(mixed_sizes()), without_offload));
  all.push_back({"overload_64",
                 "64 bytes, sent as fast as they go",
                 raw_offload.name,
                 {raw_offload, raw_mmsg, batch, single, libuv, asio, node, broker},
                 [](contender& who, const effort& how) {
                   auto what = with_sizes({64});
                   what.closed_loop = false;
                   return measure_overload(who, what, how);
                 }});
  all.push_back(echoed("echo_1", 1));
  all.push_back(echoed("echo_64", 64));
  for (const std::size_t count : {1, 4, 16}) {
    all.push_back(streamed("multicast_" + std::to_string(count),
                           "64 bytes to " + std::to_string(count) + " members of a group",
                           raw_offload, to_members(count), members));
  }
  for (const std::size_t size : {64, 1200, 32'768}) {
    all.push_back(streamed("unix_" + std::to_string(size),
                           std::to_string(size) + " bytes over a Unix socket", raw_mmsg,
                           over_unix(size), unix_capable));
  }
  all.push_back(
      opened("sockets_1000", 1000, {raw_poll, single, single_on_loop, libuv, asio, node, broker}));
  // CAF's broker stops answering with this many sockets.
  all.push_back(
      opened("sockets_10000", 10'000, {raw_poll, single, single_on_loop, libuv, asio, node}));
  const std::vector<entry> small{bus_single, bus_batch, bus_packed, bus_typed};
  all.push_back(
      published("bus_64", "messages of 64 bytes to a subscriber", of_messages(64, 512), small));
  all.push_back(published("bus_64_16", "messages of 64 bytes to 16 subscribers",
                          of_messages(64, 512, 16), small));
  auto many = of_messages(64, 512);
  many.channels = 10'000;
  all.push_back(
      published("bus_64_10000", "messages of 64 bytes, with 10,000 subscriptions", many, small));
  all.push_back(published("bus_1200", "messages of 1,200 bytes to a subscriber",
                          of_messages(1200, 512), {bus_single, bus_batch}));
  all.push_back(published("bus_1m", "messages of 1 MiB, cut to frames", of_messages(1 << 20, 4),
                          {bus_single, bus_batch}));
  auto long_datagrams = of_messages(1 << 20, 4);
  long_datagrams.datagram_size = 65'507;
  all.push_back(published("bus_1m_64k", "messages of 1 MiB, in datagrams of 64 KB", long_datagrams,
                          {bus_single, bus_batch}));
  all.push_back({"bus_round_trip",
                 "round trips between two actors, 64 bytes",
                 two_sockets.name,
                 {two_sockets, two_members, two_channels, two_topics, lcm},
                 measure_round_trips});
  return all;
}

}  // namespace bench
