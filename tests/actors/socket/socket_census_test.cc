#include "caf_dgram/actors/socket/socket_census.h"

#include <thread>

#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(SocketCensus, CountsAllButWaitsForReferencedOnes) {
  socket_census sut;
  sut.add(true);
  sut.add(false);
  EXPECT_EQ(sut.open(), 2U);
  sut.remove(true);
  EXPECT_EQ(sut.open(), 1U);
  sut.await_none_referenced();
  sut.remove(false);
  EXPECT_EQ(sut.open(), 0U);
}

TEST(SocketCensus, WakesTheWaiterWithTheLastReferencedOne) {
  socket_census sut;
  sut.add(true);
  sut.add(true);
  std::thread remover([&] {
    sut.remove(true);
    sut.remove(true);
  });
  sut.await_none_referenced();
  remover.join();
  EXPECT_EQ(sut.open(), 0U);
}

}  // namespace
}  // namespace dgram
