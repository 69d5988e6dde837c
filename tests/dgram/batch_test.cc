#include "caf_dgram/dgram/batch.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const auto a = endpoint::loopback(family::udp4, 1);
const auto b = endpoint::loopback(family::udp4, 2);

std::vector<std::string> texts(const batch& datagrams) {
  std::vector<std::string> result;
  for (const datagram& each : datagrams) result.emplace_back(each.bytes);
  return result;
}

TEST(Batch, IsEmptyAtFirst) {
  const batch sut;
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(sut.size(), 0U);
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_THAT(texts(sut), IsEmpty());
}

TEST(Batch, KeepsDatagramsInOrderWithTheirPeers) {
  batch sut;
  sut.add("one", a);
  sut.add("two", b);
  sut.add("three");
  EXPECT_THAT(texts(sut), ElementsAre("one", "two", "three"));
  std::vector<const endpoint*> peers;
  for (const datagram& each : sut) peers.push_back(each.peer);
  ASSERT_EQ(peers.size(), 3U);
  EXPECT_EQ(*peers[0], a);
  EXPECT_EQ(*peers[1], b);
  EXPECT_EQ(peers[2], nullptr);
  EXPECT_EQ(sut.size(), 3U);
  EXPECT_EQ(sut.bytes(), 11U);
}

TEST(Batch, KeepsLocalAddressesApart) {
  const auto local = ip_address::of(a);
  batch sut;
  sut.add("one", {a, local});
  sut.add_segments("twotwo", 3, {a, local});
  sut.add("three", a);
  std::vector<ip_address> locals;
  for (const datagram& each : sut) locals.push_back(*each.local);
  EXPECT_THAT(locals, ElementsAre(local, local, local, ip_address()));
  EXPECT_EQ(sut.to_string(),
            "4 datagrams: \"one\" 127.0.0.1:1 at 127.0.0.1, \"two\" 127.0.0.1:1 at 127.0.0.1, "
            "\"two\" 127.0.0.1:1 at 127.0.0.1, \"three\" 127.0.0.1:1");
  batch same;
  for (const auto& run : sut.runs()) {
    same.add_run(run.bytes, run.segment_size, run.size, sut.ends_of(run));
  }
  EXPECT_EQ(same, sut);
  batch other;
  other.add_segments("onetwotwo", 3, {a, local});
  other.add("three", {a, local});
  EXPECT_FALSE(other == sut);
}

TEST(Batch, SharesBytesInsteadOfCopyingThem) {
  const payload bytes(std::string(100, 'x'));
  batch sut;
  sut.add(bytes, a);
  sut.add_segments(bytes, 30, a);
  const batch copy = sut;
  EXPECT_EQ((*copy.begin()).bytes.data(), bytes.data());
  payload kept;
  for (const datagram& each : copy) kept = each.share();
  sut.clear();
  EXPECT_EQ(kept.data(), bytes.data() + 90);
  EXPECT_EQ(kept.size(), 10U);
}

TEST(Batch, ReadsEmptyDatagramsBetweenOthers) {
  batch sut;
  sut.add("", a);
  sut.add_segments("aabb", 2, a);
  sut.add("", a);
  sut.add("", a);
  sut.add_segments("c", 2, a);
  EXPECT_THAT(texts(sut), ElementsAre("", "aa", "bb", "", "", "c"));
  EXPECT_EQ(sut.size(), 6U);
}

TEST(Batch, TellsTheRealSizeOfATruncatedDatagram) {
  batch sut;
  sut.add_truncated("cut", 1000, a);
  sut.add("whole", a);
  std::vector<std::size_t> sizes;
  for (const datagram& each : sut) sizes.push_back(each.size);
  EXPECT_THAT(sizes, ElementsAre(1000, 5));
}

TEST(Batch, ComparesByDatagramsAndNotByHowTheyLie) {
  batch in_one;
  in_one.add_segments("aabbc", 2, a);
  batch one_by_one;
  for (const char* text : {"aa", "bb", "c"}) one_by_one.add(text, a);
  EXPECT_EQ(in_one, one_by_one);
  one_by_one.add("d", a);
  EXPECT_FALSE(in_one == one_by_one);
  batch elsewhere;
  elsewhere.add_segments("aabbc", 2, b);
  EXPECT_FALSE(in_one == elsewhere);
}

struct split {
  std::size_t size;
  std::size_t segment;
  std::size_t count;
  std::size_t last;
};

class BatchSplit : public ::testing::TestWithParam<split> {};

INSTANTIATE_TEST_SUITE_P(Edges, BatchSplit,
                         ::testing::Values(split{0, 0, 1, 0}, split{0, 10, 1, 0}, split{1, 1, 1, 1},
                                           split{10, 10, 1, 10}, split{10, 20, 1, 10},
                                           split{10, 0, 1, 10}, split{11, 10, 2, 1},
                                           split{19, 10, 2, 9}, split{20, 10, 2, 10},
                                           split{64, 1, 64, 1}, split{64'000, 1000, 64, 1000},
                                           split{63'001, 1000, 64, 1}, split{65'507, 1, 65'507, 1},
                                           split{65'507, 65'507, 1, 65'507},
                                           split{65'507, 1200, 55, 707}));

TEST_P(BatchSplit, CutsARunIntoItsDatagrams) {
  const auto& p = GetParam();
  std::string bytes(p.size, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251);
  batch sut;
  sut.add_segments(payload(bytes), p.segment, a);
  EXPECT_EQ(sut.size(), p.count);
  EXPECT_EQ(sut.bytes(), p.size);
  std::string joined;
  std::size_t count = 0;
  std::size_t last = 0;
  for (const datagram& each : sut) {
    joined += each.bytes;
    last = each.bytes.size();
    EXPECT_EQ(each.size, last);
    EXPECT_EQ(*each.peer, a);
    ++count;
    EXPECT_EQ(last, count < p.count ? p.segment : p.last);
  }
  EXPECT_EQ(count, p.count);
  EXPECT_EQ(last, p.last);
  EXPECT_EQ(joined, bytes);
}

TEST(Batch, PrintsItsNumberAndItsFirstDatagrams) {
  const auto peer = endpoint::loopback(family::udp4, 7);
  batch sut;
  EXPECT_EQ(sut.to_string(), "0 datagrams");
  sut.add("one", peer);
  EXPECT_EQ(sut.to_string(), "1 datagram: \"one\" 127.0.0.1:7");
  sut.add("two");
  sut.add_truncated("thr", 5, peer);
  EXPECT_EQ(sut.to_string(),
            "3 datagrams: \"one\" 127.0.0.1:7, \"two\", \"thr\" of 5 bytes 127.0.0.1:7");
  sut.add_segments("abcdef", 2);
  EXPECT_EQ(sut.to_string(),
            "6 datagrams: \"one\" 127.0.0.1:7, \"two\", \"thr\" of 5 bytes 127.0.0.1:7, \"ab\", …");
}

TEST(Batch, CountsTheStoredBytesOfATruncatedDatagramAndComparesItsRealSize) {
  batch sut;
  sut.add_truncated("abc", 10, a);
  EXPECT_EQ(sut.bytes(), 3U);
  EXPECT_EQ((*sut.begin()).size, 10U);
  batch same;
  same.add_truncated("abc", 10, a);
  batch larger;
  larger.add_truncated("abc", 11, a);
  EXPECT_EQ(sut, same);
  EXPECT_FALSE(sut == larger);
}

TEST(Batch, IsAsNewOnceItIsCleared) {
  batch sut;
  sut.add_segments("aabbc", 2, a);
  sut.clear();
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(sut.size(), 0U);
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_EQ(sut, batch());
  sut.add("x", b);
  EXPECT_EQ(sut.bytes(), 1U);
  EXPECT_EQ(*(*sut.begin()).peer, b);
}

TEST(Batch, TellsAPeerFromTheConnectedOne) {
  batch addressed;
  addressed.add("x", a);
  batch to_the_peer;
  to_the_peer.add("x");
  batch same;
  same.add("x");
  EXPECT_EQ(to_the_peer, same);
  EXPECT_FALSE(addressed == to_the_peer);
  EXPECT_FALSE(to_the_peer == addressed);
}

TEST(Batch, GivesEachDatagramOfABodyAHeadOfItsOwn) {
  const payload body("aabbc");
  batch sut;
  sut.add("first");
  ASSERT_TRUE(sut.add_segments({"123456", 2}, body, 2));
  sut.add_segments("ddee", 2);
  EXPECT_EQ(sut.size(), 6U);
  EXPECT_EQ(sut.bytes(), 5U + 11 + 4);
  std::vector<std::string> texts;
  for (const auto& each : sut) {
    EXPECT_EQ(each.size, each.head.size() + each.bytes.size());
    EXPECT_EQ(each.share().view(), each.joined());
    texts.push_back(std::string(each.head) + "|" + std::string(each.bytes));
  }
  EXPECT_THAT(texts, ElementsAre("|first", "12|aa", "34|bb", "56|c", "|dd", "|ee"));
  // Not copied.
  const auto& run = sut.runs()[1];
  EXPECT_EQ(run.bytes.data(), body.data());
  EXPECT_EQ(sut.heads_of(run)->size, 2U);
  EXPECT_EQ(sut.contiguous(run).view(), "12aa34bb56c");
  EXPECT_EQ(sut.heads_of(sut.runs()[2]), nullptr);
  EXPECT_EQ(sut.contiguous(sut.runs()[2]).view(), "ddee");
  EXPECT_EQ(sut.to_string(), "6 datagrams: \"first\", \"12aa\", \"34bb\", \"56c\", \xe2\x80\xa6");
}

TEST(Batch, ComparesHeadsAsPartsOfTheirDatagrams) {
  batch headed;
  ASSERT_TRUE(headed.add_segments({"1234", 2}, "aab", 2));
  batch plain;
  plain.add("12aa");
  plain.add("34b");
  EXPECT_EQ(headed, plain);
  batch other;
  ASSERT_TRUE(other.add_segments({"1235", 2}, "aab", 2));
  EXPECT_FALSE(headed == other);
  headed.clear();
  EXPECT_EQ(headed, batch());
  headed.add("x");
  EXPECT_EQ((*headed.begin()).head, "");
}

TEST(Batch, TakesExactlyOneHeadForEachDatagram) {
  batch sut;
  for (const char* heads : {"", "1", "12345", "1234567"}) {
    EXPECT_FALSE(sut.add_segments({heads, 2}, "aabbc", 2)) << heads;
  }
  EXPECT_FALSE(sut.add_segments({"1", 0}, "aa", 2));
  EXPECT_FALSE(sut.add_segments({"", 1}, "", 2));
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_EQ(sut.overhead(), 0U);
  EXPECT_TRUE(sut.add_segments({"1", 1}, "", 2));
  EXPECT_TRUE(sut.add_segments({"2", 1}, "aa", 0));
  EXPECT_TRUE(sut.add_segments({"", 0}, "bbb", 2));
  std::vector<std::string> texts;
  for (const auto& each : sut) texts.push_back(each.joined());
  EXPECT_THAT(texts, ElementsAre("1", "2aa", "bb", "b"));
}

TEST(Batch, TellsWhatItTakesBesideItsBytes) {
  batch sut;
  sut.add("a", endpoint::loopback(family::udp4, 1));
  sut.add("b", endpoint::loopback(family::udp4, 2));
  sut.add("c", endpoint::loopback(family::udp4, 2));
  EXPECT_EQ(sut.overhead(), 3 * sizeof(datagram_run) + 2 * sizeof(datagram_ends));
  const auto before = sut.overhead();
  ASSERT_TRUE(sut.add_segments({"1", 1}, "d", 1, endpoint::loopback(family::udp4, 2)));
  EXPECT_EQ(sut.overhead(), before + sizeof(datagram_run) + sizeof(datagram_heads));
}

}  // namespace
}  // namespace dgram
