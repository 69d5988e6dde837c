#include "dgram/receiver.h"

#include <poll.h>

#include <string>
#include <vector>

#include "dgram/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace dgram {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::temp_dir;

class Receiver : public ::testing::Test {
 protected:
  Receiver() {
    EXPECT_TRUE(in.bind(endpoint::loopback(family::udp4, 0)).ok());
    EXPECT_TRUE(out.bind(endpoint::loopback(family::udp4, 0)).ok());
    to = *in.local_endpoint();
    from = *out.local_endpoint();
  }

  /// Sends a run as one message that the kernel cuts up.
  void send_segments(std::string_view bytes, std::size_t segment_size) {
    const segmentation offload(true);
    transmit_plan plan(family::udp4, offload);
    plan.add_run(bytes, segment_size, &to);
    const auto result = out.send(plan.transmits());
    EXPECT_EQ(result.error, 0);
    EXPECT_EQ(result.taken, plan.transmits().size());
  }

  void send(const std::string& text) { EXPECT_EQ(out.send({payload(text)}, &to).error, 0); }

  static std::vector<std::string> texts(const batch& datagrams) {
    std::vector<std::string> result;
    for (const datagram& each : datagrams) result.emplace_back(each.bytes);
    return result;
  }

  std::shared_ptr<chunk_pool> pool = chunk_pool::make(4 << 20);
  receiver sut{pool};
  socket in = *socket::open(family::udp4);
  socket out = *socket::open(family::udp4);
  endpoint to;
  endpoint from;
  batch got;
};

TEST_F(Receiver, ReadsAllThatWaitsInOneCall) {
  for (const char* text : {"one", "", "three"}) send(text);
  const auto outcome = sut.receive(in, got);
  EXPECT_EQ(outcome.error, 0);
  EXPECT_EQ(outcome.buffers, 3U);
  EXPECT_THAT(texts(got), ElementsAre("one", "", "three"));
  for (const datagram& each : got) EXPECT_EQ(*each.peer, from);
  EXPECT_EQ(sut.receive(in, got).error, EAGAIN);
  EXPECT_EQ(got.size(), 3U);
}

TEST_F(Receiver, LeavesTheRestForTheNextCall) {
  for (std::size_t i = 0; i < receiver::max_buffers + 3; ++i) send(std::to_string(i));
  EXPECT_EQ(sut.receive(in, got).buffers, receiver::max_buffers);
  EXPECT_EQ(sut.receive(in, got).buffers, 3U);
  ASSERT_EQ(got.size(), receiver::max_buffers + 3);
  EXPECT_EQ(texts(got).back(), std::to_string(receiver::max_buffers + 2));
}

TEST_F(Receiver, PacksSmallDatagramsOneBehindTheOther) {
  for (const char* text : {"one", "two", "three"}) send(text);
  sut.receive(in, got);
  const char* expected = (*got.begin()).bytes.data();
  for (const datagram& each : got) {
    EXPECT_EQ(each.bytes.data(), expected);
    expected += each.bytes.size();
  }
}

TEST_F(Receiver, PacksMoreThanOneChunkHolds) {
  const std::string half(receiver::handed_over - 1, 'x');
  for (int i = 0; i < 8; ++i) send(half + std::to_string(i).substr(1));
  sut.receive(in, got);
  EXPECT_EQ(got.size(), 8U);
  EXPECT_THAT(texts(got), Each(half));
}

TEST_F(Receiver, TakesARunApartThatCameInAsOne) {
  ASSERT_TRUE(in.set(option::receive_offload, true).ok());
  send_segments("aabbccd", 2);
  const auto outcome = sut.receive(in, got);
  EXPECT_EQ(outcome.buffers, 1U);
  EXPECT_THAT(texts(got), ElementsAre("aa", "bb", "cc", "d"));
}

TEST_F(Receiver, HandsALargeRunOverWhereTheKernelWroteIt) {
  ASSERT_TRUE(in.set(option::receive_offload, true).ok());
  std::string bytes(50 * 1200 + 1, 'x');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251);
  const auto cached = pool->cached();
  send_segments(bytes, 1200);
  EXPECT_EQ(sut.receive(in, got).buffers, 1U);
  ASSERT_EQ(got.runs().size(), 1U);
  EXPECT_EQ(got.runs()[0].bytes.view(), bytes);
  EXPECT_EQ(got.size(), 51U);
  EXPECT_EQ(pool->cached(), cached);
  // The buffer itself comes back with its last datagram.
  got.clear();
  EXPECT_EQ(pool->cached(), cached + chunk_pool::sizes.back());
}

TEST_F(Receiver, TakesRunsOfEverySizeApart) {
  ASSERT_TRUE(in.set(option::receive_offload, true).ok());
  for (const std::size_t segment : {1, 2, 63, 64, 500, 1023}) {
    for (const std::size_t count : {1, 2, 63, 64}) {
      for (const std::size_t last : {std::size_t{1}, segment / 2 + 1, segment}) {
        const auto size = (count - 1) * segment + std::min(last, segment);
        if (size > 65'507) continue;
        const std::string bytes(size, static_cast<char>('a' + count % 26));
        got.clear();
        send("");
        send_segments(bytes, segment);
        send("");
        ASSERT_EQ(sut.receive(in, got).error, 0);
        ASSERT_EQ(got.size(), count + 2) << segment << " " << last;
        std::string joined;
        for (const datagram& each : got) joined += each.bytes;
        EXPECT_EQ(joined, bytes);
      }
    }
  }
}

TEST_F(Receiver, ReadsUnixDatagramsOfAllSizesAndTellsTruncatedOnes) {
  const temp_dir directory;
  auto server = *socket::open(family::unix_dgram);
  auto client = *socket::open(family::unix_dgram);
  const auto path = *endpoint::unix_path(directory.file("s"));
  ASSERT_TRUE(server.bind(path).ok());
  ASSERT_TRUE(client.set(option::send_buffer_size, 4 << 20).ok());
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16'384},
                                 std::size_t{65'536}, std::size_t{65'537}, std::size_t{200'000},
                                 receiver::largest_unix, receiver::largest_unix + 1}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i % 251);
    ASSERT_EQ(client.send({payload(bytes)}, &path).error, 0) << size;
    got.clear();
    const auto outcome = sut.receive(server, got);
    ASSERT_EQ(got.size(), 1U);
    const auto each = *got.begin();
    EXPECT_EQ(each.size, size);
    EXPECT_EQ(outcome.truncated, size > receiver::largest_unix ? 1U : 0U);
    EXPECT_EQ(each.bytes, std::string_view(bytes).substr(0, receiver::largest_unix));
    EXPECT_TRUE(each.peer->is_wildcard());
  }
}

TEST_F(Receiver, ServesSocketsOfAllFamiliesInTurn) {
  const temp_dir directory;
  auto local = *socket::open(family::unix_dgram);
  const auto path = *endpoint::unix_path(directory.file("s"));
  ASSERT_TRUE(local.bind(path).ok());
  auto v6 = *socket::open(family::udp6);
  ASSERT_TRUE(v6.bind(endpoint::loopback(family::udp6, 0)).ok());
  const auto to6 = *v6.local_endpoint();
  for (int round = 0; round < 3; ++round) {
    got.clear();
    send("udp4");
    EXPECT_EQ(v6.send({payload("udp6")}, &to6).error, 0);
    EXPECT_EQ(local.send({payload("unix")}, &path).error, 0);
    sut.receive(in, got);
    sut.receive(local, got);
    sut.receive(v6, got);
    EXPECT_THAT(texts(got), ElementsAre("udp4", "unix", "udp6"));
  }
}

}  // namespace
}  // namespace dgram
