#include "caf_dgram/actors/statistics.h"

#include <caf/all.hpp>

#include <cerrno>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::HasSubstr;

statistics some() {
  statistics result;
  result.received = 7;
  result.queued_bytes = 9;
  result.errors = {{ECONNREFUSED, 2}, {12345, 1}};
  result.subscribers = {{caf::actor(), 5, 1, 2, 3}, {caf::actor(), 6, 0, 0, -1}};
  return result;
}

TEST(Statistics, ArePrintedOneALine) {
  const auto text = to_string(some());
  EXPECT_THAT(text, HasSubstr("received 7\n"));
  EXPECT_THAT(text, HasSubstr("\nqueued_bytes 9\n"));
  EXPECT_THAT(text, HasSubstr("\nerror ECONNREFUSED 2\n"));
  EXPECT_THAT(text, HasSubstr("\nerror errno 12345 1\n"));
  EXPECT_THAT(text, HasSubstr("\nsubscriber 0 delivered 5 lost 1 waiting 2 credits 3\n"));
  EXPECT_THAT(text, HasSubstr("\nsubscriber 0 delivered 6 lost 0 waiting 0 credits unlimited\n"));
}

TEST(Statistics, OfNothingAreZero) {
  EXPECT_EQ(to_string(runtime_statistics{}), "opened 0\nopen 0\nrefused 0\n");
  EXPECT_THAT(to_string(runtime_statistics{0, 0, 0, {loop_statistics{}}}),
              HasSubstr("loop 0 sockets 0 turns 0 exceptions 0 chunks_in_use 0 unused_bytes 0 "
                        "actors 0 busy_ns 0 longest_run_ns 0\n"));
  for_each_counter<statistics>(
      [](const char* name, auto member) { EXPECT_EQ(statistics().*member, 0U) << name; });
}

TEST(Statistics, OfSeveralSocketsAddUp) {
  auto total = some();
  auto part = some();
  part.sent = 1;
  part.errors = {{EPERM, 4}, {ECONNREFUSED, 1}};
  part.subscribers.pop_back();
  add(total, part);
  EXPECT_EQ(total.received, 14U);
  EXPECT_EQ(total.sent, 1U);
  ASSERT_EQ(total.errors.size(), 3U);
  EXPECT_EQ(total.errors[0].error, EPERM);
  EXPECT_EQ(total.errors[1].count, 3U);
  EXPECT_EQ(total.errors[2].error, 12'345);
  ASSERT_EQ(total.subscribers.size(), 2U);
  EXPECT_EQ(total.subscribers[0].delivered, 10U);
}

TEST(Statistics, OfOneSubscriberOfSeveralSocketsAddUp) {
  auto total = some();
  auto part = some();
  part.subscribers.resize(1);
  add(total, part);
  const auto& sum = total.subscribers.at(0);
  EXPECT_EQ(sum.delivered, 10U);
  EXPECT_EQ(sum.lost, 2U);
  EXPECT_EQ(sum.waiting, 4U);
}

TEST(Statistics, OfSeveralLoopsArePrintedOneALine) {
  runtime_statistics counted{
      3, 2, 1, {loop_statistics{1, 20, 0, 4, 5, 6, 7, 8}, loop_statistics{}}};
  EXPECT_EQ(to_string(counted),
            "opened 3\nopen 2\nrefused 1\n"
            "loop 0 sockets 1 turns 20 exceptions 0 chunks_in_use 4 unused_bytes 5 "
            "actors 6 busy_ns 7 longest_run_ns 8\n"
            "loop 1 sockets 0 turns 0 exceptions 0 chunks_in_use 0 unused_bytes 0 "
            "actors 0 busy_ns 0 longest_run_ns 0\n");
}

}  // namespace
}  // namespace dgram
