#include "caf_dgram/dgram/posix/segmentation.h"

#include <cerrno>

#include "gtest/gtest.h"

namespace dgram {
namespace {

const auto here = endpoint::loopback(family::udp4, 1);
const auto there = endpoint::loopback(family::udp4, 2);

TEST(Segmentation, IsAllowedWhereTheSocketHasIt) {
  EXPECT_TRUE(segmentation(true).allows(&here, 1200));
  EXPECT_TRUE(segmentation(true).allows(nullptr, 1200));
  EXPECT_FALSE(segmentation(false).allows(&here, 1200));
}

TEST(Segmentation, EndsForGoodWhereTheDeviceCannotDoIt) {
  segmentation sut(true);
  EXPECT_TRUE(sut.learn_from(EIO, &here, 1200));
  EXPECT_FALSE(sut.allows(&here, 1));
  EXPECT_FALSE(sut.allows(&there, 1));
}

TEST(Segmentation, EndsForSizesThatARouteCannotTake) {
  for (const int error : {EINVAL, EMSGSIZE}) {
    segmentation sut(true);
    EXPECT_TRUE(sut.learn_from(error, &here, 1200));
    EXPECT_FALSE(sut.allows(&here, 1200));
    EXPECT_FALSE(sut.allows(&here, 1300));
    EXPECT_TRUE(sut.allows(&here, 1199));
    EXPECT_TRUE(sut.allows(&there, 1200));
    EXPECT_TRUE(sut.allows(nullptr, 1200));
    EXPECT_TRUE(sut.learn_from(error, &here, 1000));
    EXPECT_TRUE(sut.learn_from(error, &here, 1100));
    EXPECT_FALSE(sut.allows(&here, 1000));
    EXPECT_TRUE(sut.allows(&here, 999));
  }
}

TEST(Segmentation, IsTriedAnewWithAnotherConnectedPeer) {
  segmentation sut(true);
  sut.learn_from(EMSGSIZE, nullptr, 1200);
  sut.learn_from(EMSGSIZE, &here, 1200);
  sut.forget_peer();
  EXPECT_TRUE(sut.allows(nullptr, 1200));
  EXPECT_FALSE(sut.allows(&here, 1200));
}

TEST(Segmentation, IsNotToBlameForOtherErrors) {
  segmentation sut(true);
  for (const int error : {EAGAIN, ENOBUFS, EPERM, ECONNREFUSED, ENETUNREACH}) {
    EXPECT_FALSE(sut.learn_from(error, &here, 1200));
  }
  EXPECT_TRUE(sut.allows(&here, 1200));
}

TEST(Segmentation, RemembersABoundedNumberOfRoutes) {
  segmentation sut(true);
  for (std::uint16_t port = 1; port <= 64; ++port) {
    const auto to = endpoint::loopback(family::udp4, port);
    sut.learn_from(EMSGSIZE, &to, 1200);
  }
  EXPECT_TRUE(sut.allows(&here, 1199));
  const auto one_more = endpoint::loopback(family::udp4, 65);
  sut.learn_from(EMSGSIZE, &one_more, 1200);
  EXPECT_FALSE(sut.allows(&here, 1));
}

}  // namespace
}  // namespace dgram
