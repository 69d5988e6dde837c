// Long messages over a network that loses frames: a bus gets every message all frames of which
// came, and tells the loss of each other one. DGRAM_LOSS_MESSAGES says how many are published at
// each loss; docs/pubsub.md has the table for 300.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/lcm/url.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/bus_host.h"
#include "tests/support/comes_true.h"

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

  /// The numbers of whole messages. Nothing was kept from the witness itself.
  std::set<std::uint32_t> stop() {
    is_done_ = true;
    if (thread_.joinable()) thread_.join();
    EXPECT_EQ(socket_.dropped_by_kernel().value_or(0), 0U);
    std::set<std::uint32_t> whole;
    for (const auto& [number, left] : missing_) {
      if (left == 0) whole.insert(number);
    }
    return whole;
  }

 private:
  void run() {
    std::array<char, 65'536> buffer{};
    while (!is_done_) {
      const auto got = socket_.receive(absl::MakeSpan(buffer));
      if (got.error != 0) {
        std::this_thread::yield();
        continue;
      }
      const auto read = lcm::parse({buffer.data(), got.stored});
      const auto* const part = std::get_if<lcm::part>(&read);
      if (part == nullptr || part->is_short) continue;
      const auto [place, is_new] = missing_.try_emplace(part->sequence, part->count);
      --place->second;
    }
  }

  dgram::socket socket_ = *socket::open(family::udp4);
  std::map<std::uint32_t, int> missing_;
  std::atomic<bool> is_done_{false};
  std::thread thread_;
};

/// How many frames there are for each that is lost; 0 for none that is lost.
class FrameLoss : public ::testing::TestWithParam<int> {
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

  void report(const char* to, std::size_t whole, std::size_t delivered) {
    RecordProperty(to, static_cast<int>(delivered));
    std::printf("1 frame of %d lost: %s got %zu of %d messages, %zu came whole\n", GetParam(), to,
                delivered, messages(), whole);
  }

  bus_system_config config;
  caf::actor_system system{config};
  lab net;
  lab_bridge& bridge = net.bridge();
  bus_host here{net, bridge, system};
  bus_host there{net, bridge, system};
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
  ASSERT_TRUE(comes_true([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto now = there.counted(hearer);
    return now.received + now.lost == count;
  }));
  const auto whole = beside.stop();
  const auto counted = there.counted(hearer);
  EXPECT_EQ(counted.receiving.kernel_drops, 0U);
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
  report("a bus", whole.size(), came.size());
  EXPECT_EQ(came, whole);
  for (const auto each : came) EXPECT_EQ(told.count(each), 0U);
  if (GetParam() == 0) {
    EXPECT_EQ(came.size(), count);
  }
}

TEST_P(FrameLoss, OfABusCostsLcmTheMessagesThatLackAFrame) {
  const auto speaker = open_speaker();
  auto peer = there.start_peer({"subscribe", "CAMERA|END", std::to_string(messages() + 1)});
  ASSERT_TRUE(peer.await_output("ready")) << peer.output();
  witness beside(there.host());
  publish_all(speaker);
  if (GetParam() > 0) there.lose_nothing();
  here.publish_on(speaker, "END", "");
  ASSERT_TRUE(peer.await_output("END 0 intact")) << peer.output();
  const auto whole = beside.stop();
  std::size_t came = 0;
  const std::string line = "CAMERA 1200000 intact";
  for (auto at = peer.output().find(line); at != std::string::npos;
       at = peer.output().find(line, at + 1)) {
    ++came;
  }
  report("LCM's library", whole.size(), came);
  EXPECT_EQ(came, whole.size());
}

}  // namespace
}  // namespace dgram::testing
