#include "caf_dgram/actors/bus/core/channel_index.h"

#include <string>

#include "caf_dgram/dgram/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(ChannelIndex, FindsNames) {
  channel_index sut;
  ASSERT_TRUE(sut.add("CAMERA", 1).ok());
  ASSERT_TRUE(sut.add("CAMERA_1", 2).ok());
  EXPECT_THAT(sut.match("CAMERA"), ElementsAre(1));
  EXPECT_THAT(sut.match("CAMERA_1"), ElementsAre(2));
  EXPECT_THAT(sut.match("CAMERA_"), IsEmpty());
}

TEST(ChannelIndex, FindsExpressionsThatMatchTheWholeName) {
  channel_index sut;
  ASSERT_TRUE(sut.add("CAM.*", 1).ok());
  ASSERT_TRUE(sut.add("CAMERA|LIDAR", 2).ok());
  ASSERT_TRUE(sut.add("CAMERA", 3).ok());
  for (int again = 0; again < 2; ++again) {
    EXPECT_THAT(sut.match("CAMERA"), UnorderedElementsAre(1, 2, 3));
    EXPECT_THAT(sut.match("CAMERA_1"), ElementsAre(1));
    EXPECT_THAT(sut.match("LIDAR"), ElementsAre(2));
    EXPECT_THAT(sut.match("MY_CAMERA"), IsEmpty());
  }
}

TEST(ChannelIndex, ForgetsWhatWasRemoved) {
  channel_index sut;
  sut.add("A", 1).IgnoreError();
  sut.add(".*", 2).IgnoreError();
  EXPECT_THAT(sut.match("A"), UnorderedElementsAre(1, 2));
  sut.remove("A");
  EXPECT_THAT(sut.match("A"), ElementsAre(2));
  sut.remove(".*");
  EXPECT_THAT(sut.match("A"), IsEmpty());
}

TEST(ChannelIndex, FindsWhatIsAddedAfterAChannelWasHeard) {
  channel_index sut;
  sut.add("B.*", 1).IgnoreError();
  EXPECT_THAT(sut.match("A"), IsEmpty());
  sut.add("A.*", 2).IgnoreError();
  EXPECT_THAT(sut.match("A"), ElementsAre(2));
  sut.add("A", 3).IgnoreError();
  EXPECT_THAT(sut.match("A"), UnorderedElementsAre(2, 3));
}

TEST(ChannelIndex, TakesNamesForBytes) {
  channel_index sut;
  ASSERT_TRUE(sut.add("TEMP.RATURE", 1).ok());
  EXPECT_THAT(sut.match("TEMP\xe9RATURE"), ElementsAre(1));
  EXPECT_THAT(sut.match("TEMP\nRATURE"), ElementsAre(1));
}

TEST(ChannelIndex, RefusesWhatIsNeitherNameNorExpression) {
  channel_index sut;
  for (const auto& name : {std::string(), std::string(64, 'x'), std::string("a\0b", 3)}) {
    EXPECT_EQ(code_of(sut.add(name, 1)), errc::invalid_channel);
  }
  EXPECT_TRUE(sut.add(std::string(63, 'x'), 1).ok());
  const auto refused = sut.add("[A", 2);
  EXPECT_EQ(code_of(refused), errc::invalid_channel);
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("subscribe channels \"[A\": missing ]: [A"));
  EXPECT_THAT(sut.match("[A"), IsEmpty());
}

TEST(ChannelIndex, MatchesMoreChannelsThanItRemembers) {
  channel_index sut;
  sut.add("[0-9]+", 1).IgnoreError();
  for (std::size_t i = 0; i < 2 * channel_index::max_remembered; ++i) {
    ASSERT_THAT(sut.match(std::to_string(i)), ElementsAre(1));
  }
}

}  // namespace
}  // namespace dgram
