#include "caf_dgram/dgram/posix/transmit.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::ElementsAre;

const auto here = endpoint::loopback(family::udp4, 1);
const auto there = endpoint::loopback(family::udp4, 2);

class TransmitPlan : public ::testing::Test {
 protected:
  /// Each message as "SEGMENT x COUNT: BYTES".
  std::vector<std::string> shape() const {
    std::vector<std::string> result;
    for (const auto& each : sut.transmits()) {
      std::string bytes;
      for (const auto& part : each.parts) {
        bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
      }
      result.push_back(std::to_string(each.segment_size) + "x" + std::to_string(each.count) +
                       (bytes.size() < 20 ? ":" + bytes : ""));
    }
    return result;
  }

  std::size_t add(std::string_view bytes, std::size_t segment_size, const endpoint* to = &here) {
    return sut.add_run(bytes, segment_size, to);
  }

  segmentation offload{true};
  transmit_plan sut{family::udp4, offload};
  const std::string large = std::string(100'000, 'x');
};

TEST_F(TransmitPlan, JoinsEqualDatagramsToOneDestination) {
  add("aa", 2);
  add("bb", 2);
  add("cc", 2);
  EXPECT_THAT(shape(), ElementsAre("2x3:aabbcc"));
}

TEST_F(TransmitPlan, EndsAMessageWithAShorterDatagram) {
  add("aa", 2);
  add("b", 1);
  add("cc", 2);
  add("dd", 2);
  EXPECT_THAT(shape(), ElementsAre("2x2:aab", "2x2:ccdd"));
}

TEST_F(TransmitPlan, JoinsOnlyDatagramsOfOneSource) {
  const auto source = *ip_address::parse("127.0.0.2");
  EXPECT_EQ(sut.add_run("aabb", 2, &here, source), 2U);
  EXPECT_EQ(sut.add_run("cc", 2, &here, source), 1U);
  EXPECT_EQ(sut.add_run("dd", 2, &here), 1U);
  const payload e("ee");
  const payload f("ff");
  EXPECT_TRUE(sut.add({e}, &here, source));
  EXPECT_TRUE(sut.add({f}, &here, source));
  EXPECT_THAT(shape(), ElementsAre("2x3:aabbcc", "2x1:dd", "2x2:eeff"));
  EXPECT_EQ(sut.transmits()[0].from, source);
  EXPECT_EQ(sut.transmits()[1].from, ip_address());
  EXPECT_EQ(sut.transmits()[2].from, source);
}

TEST_F(TransmitPlan, DoesNotJoinLongerOnesOrOtherDestinations) {
  add("a", 1);
  add("bb", 2);
  add("cc", 2, &there);
  add("dd", 2, nullptr);
  add("ee", 2, nullptr);
  EXPECT_THAT(shape(), ElementsAre("1x1:a", "2x1:bb", "2x1:cc", "2x2:ddee"));
  EXPECT_EQ(sut.transmits()[3].to, nullptr);
}

TEST_F(TransmitPlan, KnowsADestinationByItsAddress) {
  const endpoint copy = here;
  add("aa", 2, &here);
  add("bb", 2, &copy);
  EXPECT_THAT(shape(), ElementsAre("2x2:aabb"));
}

TEST_F(TransmitPlan, SendsEmptyDatagramsAlone) {
  add("", 0);
  add("a", 1);
  add("", 0);
  add("", 0);
  EXPECT_THAT(shape(), ElementsAre("0x1:", "1x1:a", "0x1:", "0x1:"));
}

TEST_F(TransmitPlan, CutsARunWhereAMessageIsFull) {
  EXPECT_EQ(add(std::string_view(large).substr(0, 130), 1), 130U);
  EXPECT_THAT(shape(), ElementsAre("1x64", "1x64", "1x2:xx"));
  sut.clear();
  EXPECT_TRUE(sut.empty());
  // 54 of 1200 bytes are what a UDP datagram of 65,507 bytes can hold.
  EXPECT_EQ(add(std::string_view(large).substr(0, 1200 * 55 + 7), 1200), 56U);
  EXPECT_THAT(shape(), ElementsAre("1200x54", "1200x2"));
}

TEST_F(TransmitPlan, FillsUpAMessageThatARunHasLeftOpen) {
  add(std::string_view(large).substr(0, 60), 1);
  add(std::string_view(large).substr(0, 6), 1);
  EXPECT_THAT(shape(), ElementsAre("1x64", "1x2:xx"));
}

TEST_F(TransmitPlan, FillsUpAMessageToItsBytesAndNotBeyond) {
  const auto half = std::string_view(large).substr(0, std::size_t{30} * 1200);
  EXPECT_EQ(add(half, 1200), 30U);
  EXPECT_EQ(add(half, 1200), 30U);
  EXPECT_THAT(shape(), ElementsAre("1200x54", "1200x6"));
}

TEST_F(TransmitPlan, GathersBuffersIntoOneDatagram) {
  const std::vector<payload> buffers{"ab", "", "cd"};
  EXPECT_TRUE(sut.add(buffers, &here));
  EXPECT_TRUE(sut.add(buffers, &here));
  EXPECT_THAT(shape(), ElementsAre("4x2:abcdabcd"));
  EXPECT_EQ(sut.transmits()[0].parts.size(), 6U);
}

TEST_F(TransmitPlan, SendsOneByOneWithoutOffload) {
  const segmentation never(false);
  transmit_plan plan(family::udp4, never);
  EXPECT_EQ(plan.add_run("aabbc", 2, &here), 3U);
  EXPECT_EQ(plan.transmits().size(), 3U);
}

TEST_F(TransmitPlan, KeepsToTheSizesThatARouteTakes) {
  offload.learn_from(EMSGSIZE, &here, 2);
  add("aabb", 2);
  add("c", 1);
  add("d", 1);
  EXPECT_THAT(shape(), ElementsAre("2x1:aa", "2x1:bb", "1x2:cd"));
}

TEST_F(TransmitPlan, TellsWhenItIsFull) {
  const segmentation never(false);
  transmit_plan plan(family::udp4, never);
  EXPECT_EQ(plan.add_run(std::string_view(large).substr(0, 1000), 1, &here),
            transmit_plan::max_transmits);
  EXPECT_FALSE(plan.add({{"x"}}, &here));
  transmit_plan gathering(family::udp4, offload);
  const std::vector<payload> many(transmit_plan::max_parts, "x");
  EXPECT_TRUE(gathering.add(many, &here));
  EXPECT_FALSE(gathering.add({{"x"}}, &here));
}

TEST_F(TransmitPlan, MergesUpToItsBytesAndNotOneMore) {
  constexpr auto most = transmit_plan::max_merged_bytes;
  EXPECT_EQ(add(std::string_view(large).substr(0, most), most / 50), 50U);
  EXPECT_THAT(shape(), ElementsAre(std::to_string(most / 50) + "x50"));
  // A shorter one would still fit in number, not in bytes.
  add("x", 1);
  EXPECT_EQ(sut.transmits().size(), 2U);
  sut.clear();
  for (int i = 0; i < 2; ++i) add(std::string_view(large).substr(0, most / 2), most / 2);
  EXPECT_EQ(sut.transmits().size(), 1U);
  sut.clear();
  for (int i = 0; i < 2; ++i) add(std::string_view(large).substr(0, most / 2 + 1), most / 2 + 1);
  EXPECT_EQ(sut.transmits().size(), 2U);
}

TEST_F(TransmitPlan, EndsAMessageWithAShorterGatheredDatagram) {
  const std::vector<payload> two{"a", "b"};
  const std::vector<payload> one{"c"};
  EXPECT_TRUE(sut.add(two, &here));
  EXPECT_TRUE(sut.add(one, &here));
  EXPECT_TRUE(sut.add(two, &here));
  EXPECT_THAT(shape(), ElementsAre("2x2:abc", "2x1:ab"));
}

TEST_F(TransmitPlan, GivesEachMessageAtLeastOneDatagram) {
  // A datagram larger than all that may be merged still goes, alone.
  const auto huge = transmit_plan::max_merged_bytes + 100;
  EXPECT_EQ(add(std::string_view(large).substr(0, huge), huge), 1U);
  ASSERT_EQ(sut.transmits().size(), 1U);
  EXPECT_EQ(sut.transmits()[0].count, 1U);
  EXPECT_EQ(sut.transmits()[0].segment_size, huge);
}

TEST_F(TransmitPlan, TakesARunAsOneBuffer) {
  // A call takes a limited number of them.
  EXPECT_EQ(add("aabbc", 2), 3U);
  ASSERT_EQ(sut.transmits().size(), 1U);
  EXPECT_EQ(sut.transmits()[0].parts.size(), 1U);
  sut.clear();
  EXPECT_EQ(add("abc", 1), 3U);
  ASSERT_EQ(sut.transmits().size(), 1U);
  EXPECT_EQ(sut.transmits()[0].parts.size(), 1U);
}

TEST_F(TransmitPlan, UsesItsLastBuffer) {
  constexpr auto most = transmit_plan::max_parts;
  const std::vector<payload> half(most / 2, "x");
  EXPECT_TRUE(sut.add(half, &here));
  EXPECT_TRUE(sut.add(half, &here));
  EXPECT_THAT(shape(), ElementsAre(std::to_string(most / 2) + "x2"));
  const std::vector<payload> all_but_one(most - 1, "x");
  const auto same_size = std::string_view(large).substr(0, most - 1);
  sut.clear();
  EXPECT_TRUE(sut.add(all_but_one, &here));
  EXPECT_EQ(add(same_size, same_size.size()), 1U);
  EXPECT_THAT(shape(), ElementsAre(std::to_string(most - 1) + "x2"));
  EXPECT_EQ(add("x", 1), 0U);
  sut.clear();
  EXPECT_TRUE(sut.add(all_but_one, &here));
  EXPECT_EQ(add("x", 1, &there), 1U);
  EXPECT_EQ(sut.transmits().size(), 2U);
}

TEST_F(TransmitPlan, PutsAHeadBeforeEachDatagramOfARun) {
  const std::string heads = "1234";
  const std::string body = "aabbccd";
  EXPECT_EQ(sut.add_headed_run(heads, 1, body, 2, &here), 4U);
  EXPECT_THAT(shape(), ElementsAre("3x4:1aa2bb3cc4d"));
  // Not copied.
  const auto parts = sut.transmits()[0].parts;
  EXPECT_EQ(parts[2].iov_base, heads.data() + 1);
  EXPECT_EQ(parts[3].iov_base, body.data() + 2);
  // The last was shorter.
  EXPECT_EQ(sut.add_headed_run("5", 1, "ee", 2, &here), 1U);
  EXPECT_THAT(shape(), ElementsAre("3x4:1aa2bb3cc4d", "3x1:5ee"));
}

TEST_F(TransmitPlan, JoinsRunsWithHeadsOfOtherSizesWhereTheDatagramsHaveOne) {
  sut.add_headed_run("123", 3, "a", 1, &here);
  sut.add_headed_run("45", 1, "bbbccc", 3, &here);
  EXPECT_EQ(add("dddd", 4), 1U);
  EXPECT_THAT(shape(), ElementsAre("4x4:123a4bbb5cccdddd"));
}

TEST_F(TransmitPlan, AHeadMayBeAllOfADatagram) {
  EXPECT_EQ(sut.add_headed_run("12", 2, "", 0, &here), 1U);
  EXPECT_THAT(shape(), ElementsAre("2x1:12"));
}

TEST_F(TransmitPlan, TakesAsManyOfARunWithHeadsAsThereIsRoomFor) {
  // Two buffers each, and no message longer than a device's packet.
  EXPECT_EQ(sut.add_headed_run(large, 10, large, 40, &here), transmit_plan::max_parts / 2);
  for (const auto& each : sut.transmits()) EXPECT_LE(each.count, segmentation::max_segments);
  EXPECT_EQ(sut.add_headed_run("x", 1, "x", 1, &here), 0U);
  sut.clear();
  EXPECT_EQ(sut.add_headed_run(large, 20, large, 10'000, &here), 10U);
  for (const auto& each : sut.transmits()) {
    EXPECT_LE(each.segment_size * each.count, transmit_plan::max_merged_bytes);
  }
}

}  // namespace
}  // namespace dgram
