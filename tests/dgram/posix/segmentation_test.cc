#include "caf_dgram/dgram/posix/segmentation.h"

#include <cerrno>

#include "gtest/gtest.h"

namespace dgram {
namespace {

const auto one = endpoint::loopback(family::udp4, 1);
const auto other = endpoint::loopback(family::udp4, 2);

TEST(Segmentation, IsAllowedWhereTheSocketHasIt) {
  EXPECT_TRUE(segmentation(true).allows(&one, 1200));
  EXPECT_TRUE(segmentation(true).allows(nullptr, 1200));
  EXPECT_FALSE(segmentation(false).allows(&one, 1200));
}

TEST(Segmentation, EndsForGoodWhereTheDeviceCannotDoIt) {
  segmentation sut(true);
  sut.learn_from(EIO, &one, 1200);
  EXPECT_FALSE(sut.allows(&one, 1));
  EXPECT_FALSE(sut.allows(&other, 1));
}

TEST(Segmentation, EndsForSizesThatARouteCannotTake) {
  for (const int error : {EINVAL, EMSGSIZE}) {
    segmentation sut(true);
    sut.learn_from(error, &one, 1200);
    EXPECT_FALSE(sut.allows(&one, 1200));
    EXPECT_FALSE(sut.allows(&one, 1300));
    EXPECT_TRUE(sut.allows(&one, 1199));
    EXPECT_TRUE(sut.allows(&other, 1200));
    EXPECT_TRUE(sut.allows(nullptr, 1200));
    sut.learn_from(error, &one, 1000);
    sut.learn_from(error, &one, 1100);
    EXPECT_FALSE(sut.allows(&one, 1000));
    EXPECT_TRUE(sut.allows(&one, 999));
  }
}

TEST(Segmentation, IsTriedAnewWithAnotherConnectedPeer) {
  segmentation sut(true);
  sut.learn_from(EMSGSIZE, nullptr, 1200);
  sut.learn_from(EMSGSIZE, &one, 1200);
  sut.forget_peer();
  EXPECT_TRUE(sut.allows(nullptr, 1200));
  EXPECT_FALSE(sut.allows(&one, 1200));
}

TEST(Segmentation, MayCauseOnlyWhatTheKernelAnswersForIt) {
  for (const int error : {EIO, EINVAL, EMSGSIZE}) EXPECT_TRUE(segmentation::may_cause(error));
  for (const int error : {EAGAIN, ENOBUFS, EPERM, ECONNREFUSED, ENETUNREACH}) {
    EXPECT_FALSE(segmentation::may_cause(error));
  }
}

TEST(Segmentation, ForgetsTheOldestOfManyRoutes) {
  segmentation sut(true);
  const auto port = [](std::uint16_t number) { return endpoint::loopback(family::udp4, number); };
  for (std::uint16_t number = 1; number <= 65; ++number) {
    const auto to = port(number);
    sut.learn_from(EMSGSIZE, &to, 1200);
    sut.learn_from(EMSGSIZE, &to, 1100);
  }
  const auto oldest = port(1);
  EXPECT_TRUE(sut.allows(&oldest, 1200));
  for (std::uint16_t number = 2; number <= 65; ++number) {
    const auto to = port(number);
    EXPECT_FALSE(sut.allows(&to, 1100)) << number;
    EXPECT_TRUE(sut.allows(&to, 1099)) << number;
  }
}

TEST(Segmentation, ForgetsAPeerInsteadOfTheOldestRoute) {
  segmentation sut(true);
  sut.learn_from(EMSGSIZE, nullptr, 1200);
  sut.forget_peer();
  sut.forget_peer();
  for (std::uint16_t number = 1; number <= 64; ++number) {
    const auto to = endpoint::loopback(family::udp4, number);
    sut.learn_from(EMSGSIZE, &to, 1200);
  }
  EXPECT_FALSE(sut.allows(&one, 1200));
}

TEST(Segmentation, ForgetsOneRouteForEachThatIsNew) {
  segmentation sut(true);
  for (std::uint16_t number = 1; number <= 70; ++number) {
    const auto to = endpoint::loopback(family::udp4, number);
    sut.learn_from(EMSGSIZE, &to, 1200);
  }
  for (std::uint16_t number = 1; number <= 70; ++number) {
    const auto to = endpoint::loopback(family::udp4, number);
    EXPECT_EQ(sut.allows(&to, 1200), number <= 6) << number;
  }
}

TEST(Segmentation, KeepsALaterPeerAsLongAsAnyRoute) {
  segmentation sut(true);
  for (int peer = 0; peer < 2; ++peer) {
    sut.forget_peer();
    sut.learn_from(EMSGSIZE, nullptr, 1200);
  }
  for (std::uint16_t number = 1; number <= 63; ++number) {
    const auto to = endpoint::loopback(family::udp4, number);
    sut.learn_from(EMSGSIZE, &to, 1200);
  }
  EXPECT_FALSE(sut.allows(nullptr, 1200));
}

}  // namespace
}  // namespace dgram
