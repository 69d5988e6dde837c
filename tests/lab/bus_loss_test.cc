// Streams of messages, over a network that loses frames and one that does not: a bus gets every
// message all frames of which came, and tells the loss of each other one. DGRAM_LOSS_MESSAGES says
// how many long ones are published at each loss; docs/pubsub.md has the table for 300.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/lcm/heartbeat.h"
#include "caf_dgram/dgram/lcm/url.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/bus_host.h"

namespace dgram::testing {
namespace {

constexpr std::size_t size = 1'200'000;

int messages() {
  const char* count = std::getenv("DGRAM_LOSS_MESSAGES");
  return count != nullptr ? std::atoi(count) : 12;
}

/// A socket beside a host's others, on a thread of its own: which messages came in all their parts.
class witness {
 public:
  explicit witness(lab_host& host) {
    host.run([this] {
      socket_ = *socket::open(family::udp4);
      EXPECT_TRUE(socket_.set(option::reuse_address, true).ok());
      EXPECT_TRUE(socket_.bind(lcm::url::default_group()).ok());
      EXPECT_TRUE(socket_.join(lcm::url::default_group(), 0).ok());
    });
    thread_ = std::thread([this] { run(); });
  }
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  ~witness() { stop(); }

  /// The numbers of whole messages.
  std::set<std::uint32_t> stop() {
    is_done_ = true;
    if (thread_.joinable()) thread_.join();
    std::set<std::uint32_t> whole;
    for (const auto& [number, left] : missing_) {
      if (left == 0) whole.insert(number);
    }
    return whole;
  }

 private:
  void run() {
    std::array<char, 65'536> buffer{};
    for (;;) {
      // In this order: what has come by then is read.
      const bool is_last = is_done_;
      const auto got = socket_.receive(absl::MakeSpan(buffer));
      if (got.error != 0) {
        if (is_last) return;
        std::this_thread::yield();
        continue;
      }
      const auto read = lcm::parse({buffer.data(), got.stored});
      const auto* const part = std::get_if<lcm::part>(&read);
      if (part == nullptr || part->channel == lcm::heartbeat::channel) continue;
      const auto [place, is_new] =
          missing_.try_emplace(part->sequence, part->is_short ? 1 : part->count);
      --place->second;
    }
  }

  dgram::socket socket_ = *socket::open(family::udp4);
  std::map<std::uint32_t, int> missing_;
  std::atomic<bool> is_done_{false};
  std::thread thread_;
};

class Streams : public TwoBusHosts {
 protected:
  /// Whether no socket of the group on `there` was too slow for what its kernel buffer holds, as
  /// happens on a loaded machine.
  bool all_kept_up() {
    std::istringstream sockets(there.host().command({"cat", "/proc/net/udp"}));
    bool result = true;
    for (std::string line; std::getline(sockets, line);) {
      // Port 7667; the last column counts drops (proc(5)).
      if (line.find(":1DF3 ") == std::string::npos) continue;
      std::istringstream columns(line);
      std::string last;
      while (columns >> last) {
      }
      result = result && last == "0";
    }
    if (!result) std::puts("a receiver did not keep up");
    return result;
  }

  /// The numbers of so many messages that came, and that were told as lost; none is both.
  std::pair<std::set<std::uint32_t>, std::set<std::uint32_t>> take_all(std::uint64_t count) {
    std::set<std::uint32_t> came;
    std::set<std::uint32_t> told;
    there.self()->receive_while([&] { return came.size() + told.size() < count; })(
        [&](const channel_message_event& event) {
          EXPECT_TRUE(is_sample(std::string(event.bytes())));
          came.insert(event.sequence());
        },
        [&](const message_loss_event& event) {
          for (auto each = event.first; each <= event.last; ++each) told.insert(each);
        },
        caf::after(patience) >>
            [&] {
              ADD_FAILURE() << came.size() << " came, " << told.size() << " told";
              came.clear();
              for (std::uint32_t i = 0; i < count; ++i) told.insert(i);
            });
    for (const auto each : came) EXPECT_EQ(told.count(each), 0U);
    return {came, told};
  }
};

TEST_F(Streams, OfSmallMessagesComeOrAreTold) {
  constexpr std::uint64_t count = 20'000;
  constexpr std::uint64_t at_once = 200;
  auto with = *bus_options::of_url(lab_url());
  with.first_heartbeat = std::chrono::milliseconds(20);
  with.receive_memory = std::size_t{1} << 30U;
  const auto hearer = there.open(with);
  there.subscribe_to(hearer, "SMALL");
  witness beside(there.host());
  // Datagrams of 114 bytes at 10,000 Hz.
  with.send_rate = send_rate{1'140'000, 114 * at_once};
  const auto speaker = here.open(with);
  for (std::uint64_t i = 0; i < count; i += at_once) {
    publish_batch some{"SMALL", {}};
    for (std::uint64_t k = 0; k < at_once; ++k) {
      some.messages.add(sample(100, static_cast<unsigned>(i + k)));
    }
    ASSERT_TRUE(ask(here.self(), speaker, some, patience));
  }
  ASSERT_TRUE(there.await_outcomes(hearer, count));
  const bool is_exact = all_kept_up();
  const auto whole = beside.stop();
  const auto [came, told] = take_all(count);
  EXPECT_EQ(came.size(), there.counted(hearer).received);
  if (is_exact) {
    EXPECT_EQ(came, whole);
  }
}

/// How many frames there are for each that is lost; 0 for none that is lost.
class FrameLoss : public Streams, public ::testing::WithParamInterface<int> {
 protected:
  FrameLoss() {
    here.send_single_frames();
    if (GetParam() > 0) there.lose_one_in(GetParam());
  }

  bus_actor open_speaker() {
    auto options = *bus_options::of_url(lab_url());
    // Messages of 1.2 MB at 30 Hz, in bursts that the kernel's buffers hold.
    options.send_rate = send_rate{36'000'000, 50'000};
    return here.open(options);
  }

  void publish_all(const bus_actor& bus) {
    for (int i = 0; i < messages(); ++i) {
      here.publish_on(bus, "CAMERA", sample(size, static_cast<unsigned>(i)));
    }
  }

  /// How many messages LCM's subscriber got until the one on "END".
  static std::size_t whole_messages(process& peer) {
    EXPECT_TRUE(peer.await_output("END 0 intact")) << peer.output();
    const std::string line = "CAMERA 1200000 intact";
    std::size_t count = 0;
    for (auto at = peer.output().find(line); at != std::string::npos;
         at = peer.output().find(line, at + 1)) {
      ++count;
    }
    return count;
  }

  process start_listener() {
    auto peer = there.start_peer({"subscribe", "CAMERA|END", std::to_string(messages() + 1)});
    EXPECT_TRUE(peer.await_output("ready")) << peer.output();
    return peer;
  }

  void report(const char* way, std::size_t came) {
    std::printf("%s, 1 frame of %d lost: %zu of %d messages\n", way, GetParam(), came, messages());
  }
};

INSTANTIATE_TEST_SUITE_P(OneIn, FrameLoss, ::testing::Values(0, 10'000, 1'000, 200),
                         [](const auto& of) { return std::to_string(of.param); });

TEST_P(FrameLoss, CostsABusTheMessagesThatLackAFrameAndEachIsTold) {
  const auto speaker = open_speaker();
  auto with = *bus_options::of_url(lab_url());
  // The test takes nothing until all is published.
  with.receive_memory = std::size_t{1} << 30U;
  const auto hearer = there.open(with);
  there.subscribe_to(hearer, "CAMERA");
  witness beside(there.host());
  publish_all(speaker);
  const auto count = static_cast<std::uint64_t>(messages());
  ASSERT_TRUE(there.await_outcomes(hearer, count));
  const bool is_exact = all_kept_up();
  const auto whole = beside.stop();
  const auto [came, told] = take_all(count);
  report("bus to bus", came.size());
  if (!is_exact) return;
  EXPECT_EQ(came, whole);
  if (GetParam() == 0) {
    EXPECT_EQ(came.size(), count);
  }
}

TEST_P(FrameLoss, OfABusCostsLcmTheMessagesThatLackAFrame) {
  const auto speaker = open_speaker();
  auto peer = start_listener();
  witness beside(there.host());
  publish_all(speaker);
  if (GetParam() > 0) there.lose_nothing();
  here.publish_on(speaker, "END", "");
  const auto came = whole_messages(peer);
  const bool is_exact = all_kept_up();
  const auto whole = beside.stop();
  report("bus to LCM", came);
  if (is_exact) {
    // Beside them, the one on "END".
    EXPECT_EQ(came + 1, whole.size());
  }
}

// IP cuts what LCM sends, datagrams of 64 KB: each lost frame costs one of them, and what is left
// of it holds memory of the kernel until no further one is put together.
TEST_P(FrameLoss, CostsLcmMore) {
  auto peer = start_listener();
  auto speaker = here.start_peer(
      {"publish", "CAMERA", std::to_string(size), std::to_string(messages()), "33"});
  EXPECT_EQ(speaker.await_exit(), 0) << speaker.output();
  if (GetParam() > 0) there.lose_nothing();
  here.publish_on(here.open(), "END", "");
  const auto came = whole_messages(peer);
  report("LCM to LCM", came);
  if (GetParam() == 0) {
    if (all_kept_up()) {
      EXPECT_EQ(came, static_cast<std::size_t>(messages()));
    }
  } else if (GetParam() <= 1'000) {
    EXPECT_LT(came, static_cast<std::size_t>(messages()));
  }
}

}  // namespace
}  // namespace dgram::testing
