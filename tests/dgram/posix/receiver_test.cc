#include "caf_dgram/dgram/posix/receiver.h"

#include <poll.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <vector>

#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/posix/system_options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace dgram {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;
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
  if (udp_gro == no_such_option) GTEST_SKIP() << "no segmentation offload";
  ASSERT_TRUE(in.set(option::receive_offload, true).ok());
  send_segments("aabbccd", 2);
  const auto outcome = sut.receive(in, got);
  EXPECT_EQ(outcome.buffers, 1U);
  EXPECT_THAT(texts(got), ElementsAre("aa", "bb", "cc", "d"));
}

TEST_F(Receiver, HandsALargeRunOverWhereTheKernelWroteIt) {
  if (udp_gro == no_such_option) GTEST_SKIP() << "no segmentation offload";
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
  // The buffer returns with its last datagram.
  got.clear();
  EXPECT_EQ(pool->cached(), cached + chunk_pool::sizes.back());
}

TEST_F(Receiver, TakesRunsOfEverySizeApart) {
  if (udp_gro == no_such_option) GTEST_SKIP() << "no segmentation offload";
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

TEST_F(Receiver, GetsTheLongestRunsInAsManyBuffersAsTheyWereSent) {
  if (udp_gro == no_such_option) GTEST_SKIP() << "no segmentation offload";
  ASSERT_TRUE(in.set(option::receive_offload, true).ok());
  // With headers, runs of any length would reach 64 KiB.
  const std::string bytes(131'000, 'x');
  const segmentation offload(true);
  transmit_plan plan(family::udp4, offload);
  ASSERT_EQ(plan.add_run(bytes, 1310, &to), 100U);
  ASSERT_TRUE(in.set(option::receive_buffer_size, 1 << 20).ok());
  ASSERT_EQ(out.send(plan.transmits()).error, 0);
  const auto outcome = sut.receive(in, got);
  EXPECT_EQ(outcome.buffers, plan.transmits().size());
  EXPECT_EQ(got.size(), 100U);
}

std::shared_ptr<memory_account> account_of(std::size_t limit) {
  return std::make_shared<memory_account>(limit, [] {});
}

TEST_F(Receiver, ChargesTheMemoryThatDatagramsHoldUntilTheyAreGone) {
  receive_terms terms;
  terms.account = account_of(1 << 20);
  send("small");
  send(std::string(500, 'x'));
  sut.receive(in, got, terms);
  EXPECT_EQ(terms.account->held(), 1024U);
  send(std::string(20'000, 'x'));
  sut.receive(in, got, terms);
  EXPECT_EQ(terms.account->held(), 1024U + 65'536);
  const auto kept = (*got.begin()).share();
  got.clear();
  EXPECT_EQ(terms.account->held(), 1024U);
}

TEST_F(Receiver, ChargesForMessagesAndForEmptyDatagramsToo) {
  if (udp_gro == no_such_option) GTEST_SKIP() << "no segmentation offload";
  receive_terms terms;
  terms.account = account_of(1 << 20);
  terms.costs = {10, 1000};
  send("");
  send("");
  sut.receive(in, got, terms);
  EXPECT_EQ(terms.account->held(), 256U + 2 * 1010);
  got.clear();
  EXPECT_EQ(terms.account->held(), 0U);
  ASSERT_TRUE(in.set(option::receive_offload, true).ok());
  send_segments(std::string(20'000, 'x'), 1000);
  sut.receive(in, got, terms);
  EXPECT_EQ(terms.account->held(), 65'536U + 1000 + 20 * 10);
}

TEST_F(Receiver, ReadsNoMoreThanFitsAnAccountButAlwaysSomething) {
  receive_terms terms;
  terms.account = account_of(std::size_t{3} * 65'536);
  terms.room = terms.account->room();
  for (int i = 0; i < 8; ++i) send(std::to_string(i));
  EXPECT_EQ(sut.receive(in, got, terms).buffers, 3U);
  terms.room = 0;
  EXPECT_EQ(sut.receive(in, got, terms).buffers, 1U);
  EXPECT_THAT(texts(got), ElementsAre("0", "1", "2", "3"));
}

TEST_F(Receiver, PassesOverBlockedSenders) {
  if (udp_gro == no_such_option) GTEST_SKIP() << "no segmentation offload";
  block_list blocked;
  receive_terms terms;
  terms.blocked = &blocked;
  send("before");
  sut.receive(in, got, terms);
  auto friendly = *socket::open(family::udp4);
  ASSERT_TRUE(friendly.bind(*endpoint::ip("127.0.0.9", 0)).ok());
  ASSERT_TRUE(blocked.add("127.0.0.1").ok());
  ASSERT_TRUE(in.set(option::receive_offload, true).ok());
  got.clear();
  terms.account = account_of(1 << 20);
  send("blocked");
  send_segments(std::string(2'500, 'x'), 1000);
  ASSERT_EQ(friendly.send({payload("heard")}, &to).error, 0);
  const auto outcome = sut.receive(in, got, terms);
  EXPECT_EQ(outcome.blocked, 4U);
  EXPECT_EQ(outcome.buffers, 3U);
  EXPECT_THAT(texts(got), ElementsAre("heard"));
  // Blocked datagrams take no memory.
  EXPECT_EQ(terms.account->held(), 256U);
}

TEST_F(Receiver, TellsWhatTheKernelDroppedBefore) {
  if (so_rxq_ovfl == no_such_option) GTEST_SKIP() << "drops are not reported";
  ASSERT_TRUE(in.set(option::report_drops, true).ok());
  ASSERT_TRUE(in.set(option::receive_buffer_size, 1).ok());
  EXPECT_EQ(in.dropped_by_kernel(), 0U);
  for (int i = 0; i < 100; ++i) send(std::string(1000, 'x'));
  const auto dropped = *in.dropped_by_kernel();
  EXPECT_GT(dropped, 0U);
  std::size_t read = 0;
  for (auto next = sut.receive(in, got); next.error == 0; next = sut.receive(in, got)) {
    EXPECT_FALSE(next.drops);
    read += next.buffers;
  }
  EXPECT_EQ(read + dropped, 100U);
  send("after");
  EXPECT_EQ(sut.receive(in, got).drops, dropped);
}

TEST_F(Receiver, CopiesWhatIsSmallerThanTheLimitAndHandsTheRestOver) {
  for (const std::size_t size : {receiver::handed_over - 1, receiver::handed_over}) {
    got.clear();
    receive_terms terms;
    terms.account = account_of(1 << 20);
    send(std::string(size, 'x'));
    sut.receive(in, got, terms);
    EXPECT_EQ(got.bytes(), size);
    // A whole buffer, or a chunk that just fits.
    const auto whole = chunk_pool::sizes.back();
    EXPECT_EQ(terms.account->held() == whole, size >= receiver::handed_over) << size;
  }
}

/// The kernel, which notes the room that it was offered.
class measuring_kernel : public syscalls {
 public:
  mutable std::vector<std::size_t> room;

  int recvmmsg(int fd, multi_message* messages, unsigned count, int flags) const noexcept override {
    for (unsigned i = 0; i < count; ++i) {
      const auto& header = messages[i].msg_hdr;
      room.push_back(0);
      for (std::size_t part = 0; part < header.msg_iovlen; ++part) {
        room.back() += header.msg_iov[part].iov_len;
      }
    }
    return syscalls::recvmmsg(fd, messages, count, flags);
  }
};

TEST_F(Receiver, OffersRoomForTheLargestDatagramOfTheFamily) {
  const measuring_kernel kernel;
  auto udp = *socket::open(family::udp4, kernel);
  EXPECT_EQ(sut.receive(udp, got).error, EAGAIN);
  EXPECT_THAT(kernel.room, AllOf(SizeIs(receiver::max_buffers), Each(chunk_pool::sizes.back())));
  kernel.room.clear();
  auto local = *socket::open(family::unix_dgram, kernel);
  EXPECT_EQ(sut.receive(local, got).error, EAGAIN);
  EXPECT_THAT(kernel.room, AllOf(SizeIs(receiver::max_buffers), Each(receiver::largest_unix)));
}

TEST_F(Receiver, ReadsWholeUnixDatagramsAfterManyOfAnotherFamily) {
  // Headers are prepared for the family that was read last.
  const temp_dir directory;
  auto local = *socket::open(family::unix_dgram);
  const auto path = *endpoint::unix_path(directory.file("s"));
  ASSERT_TRUE(local.bind(path).ok());
  ASSERT_TRUE(local.set(option::send_buffer_size, 1 << 20).ok());
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3; ++i) send("udp4");
    sut.receive(in, got);
    got.clear();
    const std::string large(150'000, static_cast<char>('a' + round));
    for (int i = 0; i < 2; ++i) ASSERT_EQ(local.send({payload(large)}, &path).error, 0);
    const auto outcome = sut.receive(local, got);
    EXPECT_EQ(outcome.truncated, 0U);
    EXPECT_THAT(texts(got), ElementsAre(large, large));
  }
}

TEST_F(Receiver, PassesOverStrangers) {
  auto friendly = *socket::open(family::udp4);
  ASSERT_TRUE(friendly.bind(*endpoint::ip("127.0.0.9", 0)).ok());
  const auto peer = *friendly.local_endpoint();
  receive_terms terms;
  terms.only_from = &peer;
  send("stranger");
  ASSERT_EQ(friendly.send({payload("heard")}, &to).error, 0);
  send("stranger");
  const auto outcome = sut.receive(in, got, terms);
  EXPECT_EQ(outcome.strangers, 2U);
  EXPECT_EQ(outcome.blocked, 0U);
  EXPECT_THAT(texts(got), ElementsAre("heard"));
}

TEST_F(Receiver, TellsWhetherItHasEmptiedTheSocket) {
  for (std::size_t i = 0; i < receiver::max_buffers; ++i) send("x");
  EXPECT_FALSE(sut.receive(in, got).emptied);
  auto outcome = sut.receive(in, got);
  EXPECT_EQ(outcome.error, EAGAIN);
  EXPECT_TRUE(outcome.emptied);
  EXPECT_EQ(outcome.buffers, 0U);
  send("x");
  EXPECT_EQ(sut.receive(in, got).emptied, receives_all);
  auto lonely = *socket::open(family::udp4);
  // Keeps the port to itself, and hears nobody.
  ASSERT_TRUE(out.connect(from).ok());
  ASSERT_TRUE(lonely.connect(from).ok());
  ASSERT_EQ(lonely.send({payload("x")}, nullptr).error, 0);
  ::pollfd entry{lonely.descriptor(), POLLIN, 0};
  ASSERT_EQ(::poll(&entry, 1, 20'000), 1);
  outcome = sut.receive(lonely, got);
  EXPECT_EQ(outcome.error, ECONNREFUSED);
  EXPECT_FALSE(outcome.emptied);
}

TEST_F(Receiver, FillsAChunkToItsLastByte) {
  receive_terms terms;
  terms.account = account_of(1 << 20);
  for (int i = 0; i < 2; ++i) send(std::string(128, 'x'));
  sut.receive(in, got, terms);
  EXPECT_EQ(got.bytes(), 256U);
  EXPECT_EQ(terms.account->held(), 256U);
}

TEST_F(Receiver, PacksTheRestIntoAChunkOfItsOwnSize) {
  receive_terms terms;
  terms.account = account_of(1 << 20);
  // Four of them fit the largest chunk.
  for (int i = 0; i < 5; ++i) send(std::string(receiver::handed_over - 1, 'x'));
  EXPECT_EQ(sut.receive(in, got, terms).buffers, 5U);
  EXPECT_EQ(terms.account->held(), 65'536U + 16'384U);
}

TEST_F(Receiver, ReadsNoMoreThanItsMessagesLeaveRoomFor) {
  receive_terms terms;
  terms.costs = {10, 1000};
  const auto of_udp = chunk_pool::sizes.back() + 1000 + 10 * segmentation::max_segments;
  for (int i = 0; i < 5; ++i) send("x");
  terms.room = 3 * of_udp - 1;
  EXPECT_EQ(sut.receive(in, got, terms).buffers, 2U);
  terms.room = 3 * of_udp;
  EXPECT_EQ(sut.receive(in, got, terms).buffers, 3U);

  const temp_dir directory;
  auto local = *socket::open(family::unix_dgram);
  const auto path = *endpoint::unix_path(directory.file("s"));
  ASSERT_TRUE(local.bind(path).ok());
  for (int i = 0; i < 3; ++i) ASSERT_EQ(local.send({payload("x")}, &path).error, 0);
  const auto of_unix = receiver::largest_unix + 1000 + 10;
  terms.room = 2 * of_unix - 1;
  EXPECT_EQ(sut.receive(local, got, terms).buffers, 1U);
  terms.room = 2 * of_unix;
  EXPECT_EQ(sut.receive(local, got, terms).buffers, 2U);
}

TEST_F(Receiver, ReadsWholeUnixDatagramsWhateverWasReadBefore) {
  // docs/reliability.md tells the limit.
  EXPECT_EQ(receiver::largest_unix, std::size_t{1'048'576});
  const temp_dir directory;
  auto local = *socket::open(family::unix_dgram);
  const auto path = *endpoint::unix_path(directory.file("s"));
  ASSERT_TRUE(local.bind(path).ok());
  ASSERT_TRUE(local.set(option::send_buffer_size, 1 << 20).ok());
  const std::string large(150'000, 'x');
  for (const std::size_t count : {1, 3, 2}) {
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(local.send({payload(large)}, &path).error, 0);
    }
    got.clear();
    EXPECT_EQ(sut.receive(local, got).truncated, 0U);
    EXPECT_EQ(texts(got), std::vector<std::string>(count, large));
  }
}

}  // namespace
}  // namespace dgram
