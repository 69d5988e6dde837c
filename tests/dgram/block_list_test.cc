#include "caf_dgram/dgram/block_list.h"

#include <string>

#include "caf_dgram/dgram/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

bool blocks(const block_list& sut, const std::string& address) {
  return sut.contains(*endpoint::ip(address, 53));
}

TEST(BlockList, IsEmptyAtFirst) {
  const block_list sut;
  EXPECT_TRUE(sut.empty());
  EXPECT_FALSE(blocks(sut, "127.0.0.1"));
}

TEST(BlockList, BlocksSingleAddressesOnAnyPort) {
  block_list sut;
  ASSERT_TRUE(sut.add("192.0.2.7").ok());
  ASSERT_TRUE(sut.add("2001:db8::1").ok());
  EXPECT_TRUE(blocks(sut, "192.0.2.7"));
  EXPECT_TRUE(sut.contains(*endpoint::ip("192.0.2.7", 0)));
  EXPECT_TRUE(blocks(sut, "2001:db8::1"));
  EXPECT_FALSE(blocks(sut, "192.0.2.6"));
  EXPECT_FALSE(blocks(sut, "192.0.2.8"));
  EXPECT_FALSE(blocks(sut, "2001:db8::2"));
}

TEST(BlockList, BlocksPrefixes) {
  block_list sut;
  ASSERT_TRUE(sut.add("10.1.2.3/12").ok());
  ASSERT_TRUE(sut.add("2001:db8::/33").ok());
  EXPECT_TRUE(blocks(sut, "10.0.0.0"));
  EXPECT_TRUE(blocks(sut, "10.15.255.255"));
  EXPECT_FALSE(blocks(sut, "10.16.0.0"));
  EXPECT_FALSE(blocks(sut, "9.255.255.255"));
  EXPECT_TRUE(blocks(sut, "2001:db8:7fff::1"));
  EXPECT_FALSE(blocks(sut, "2001:db8:8000::1"));
}

TEST(BlockList, APrefixOfAllBitsIsOneAddress) {
  block_list sut;
  ASSERT_TRUE(sut.add("192.0.2.7/32").ok());
  ASSERT_TRUE(sut.add("2001:db8::7/128").ok());
  EXPECT_TRUE(blocks(sut, "192.0.2.7"));
  EXPECT_TRUE(blocks(sut, "2001:db8::7"));
  for (const char* other : {"192.0.2.6", "192.0.2.8", "2001:db8::6", "2001:db8::8"}) {
    EXPECT_FALSE(blocks(sut, other)) << other;
  }
}

TEST(BlockList, RefusesATextThatIsOnlyPartlyAnAddress) {
  block_list sut;
  const std::string nul(1, '\0');
  EXPECT_EQ(code_of(sut.add("192.0.2.7" + nul + "/8")), errc::invalid_address);
  EXPECT_EQ(code_of(sut.add_range("192.0.2.7", "192.0.2.9" + nul)), errc::invalid_address);
  for (const std::string length : {"", " 8", "+8", "8 ", "-1", "0x8"}) {
    EXPECT_EQ(code_of(sut.add("192.0.2.7/" + length)), errc::out_of_range) << length;
  }
  EXPECT_EQ(code_of(sut.add("192.0.2.7/8" + nul)), errc::out_of_range);
  EXPECT_TRUE(sut.empty());
}

TEST(BlockList, APrefixOfNoBitsIsTheWholeFamily) {
  block_list sut;
  ASSERT_TRUE(sut.add("0.0.0.0/0").ok());
  EXPECT_TRUE(blocks(sut, "0.0.0.0"));
  EXPECT_TRUE(blocks(sut, "255.255.255.255"));
  EXPECT_FALSE(blocks(sut, "::1"));
}

TEST(BlockList, BlocksRangesWithBothEnds) {
  block_list sut;
  ASSERT_TRUE(sut.add_range("198.51.100.5", "198.51.100.9").ok());
  for (int last = 0; last < 16; ++last) {
    EXPECT_EQ(blocks(sut, "198.51.100." + std::to_string(last)), last >= 5 && last <= 9) << last;
  }
}

TEST(BlockList, SeesThroughIpv4MappedIntoIpv6) {
  block_list sut;
  ASSERT_TRUE(sut.add("192.0.2.0/24").ok());
  ASSERT_TRUE(sut.add("::ffff:203.0.113.1").ok());
  EXPECT_TRUE(blocks(sut, "::ffff:192.0.2.200"));
  EXPECT_TRUE(blocks(sut, "203.0.113.1"));
}

TEST(BlockList, NeverBlocksUnixSenders) {
  block_list sut;
  ASSERT_TRUE(sut.add("0.0.0.0/0").ok());
  ASSERT_TRUE(sut.add("::/0").ok());
  EXPECT_FALSE(sut.contains(*endpoint::unix_path("/tmp/x")));
}

TEST(BlockList, KeepsOverlappingEntriesInAnyOrder) {
  block_list sut;
  const std::string net = "10.0.0.";
  for (const auto& [first, last] :
       {std::pair{40, 50}, {10, 20}, {15, 30}, {48, 60}, {5, 70}, {100, 110}, {90, 95}, {1, 2}}) {
    ASSERT_TRUE(sut.add_range(net + std::to_string(first), net + std::to_string(last)).ok());
  }
  for (int i = 0; i < 256; ++i) {
    const bool expected =
        (i >= 1 && i <= 2) || (i >= 5 && i <= 70) || (i >= 90 && i <= 95) || (i >= 100 && i <= 110);
    EXPECT_EQ(blocks(sut, net + std::to_string(i)), expected) << i;
  }
}

TEST(BlockList, RefusesWhatIsNoAddressAndNamesIt) {
  block_list sut;
  for (const char* bad : {"", "example.org", "1.2.3", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
                          "::/129", "/8", "10.0.0.0/8/8"}) {
    const auto status = sut.add(bad);
    EXPECT_THAT(code_of(status), ::testing::AnyOf(errc::invalid_address, errc::out_of_range))
        << bad;
    EXPECT_THAT(std::string(status.message()),
                ::testing::HasSubstr(std::string("\"") + bad + "\""));
  }
  EXPECT_EQ(code_of(sut.add_range("10.0.0.1", "::1")), errc::wrong_family);
  EXPECT_EQ(code_of(sut.add_range("10.0.0.2", "10.0.0.1")), errc::out_of_range);
  EXPECT_TRUE(sut.empty());
}

TEST(BlockList, ReportsATextOnOneLine) {
  block_list sut;
  for (const auto& status : {sut.add("evil\nERROR"), sut.add("10.0.0.0/9\n9"),
                             sut.add_range("10.0.0.1", "10.0.0.2\n")}) {
    EXPECT_THAT(
        std::string(status.message()),
        ::testing::AllOf(::testing::HasSubstr("\\n"), ::testing::Not(::testing::HasSubstr("\n"))));
  }
}

TEST(BlockList, BlocksARangeOfOneAddress) {
  block_list sut;
  ASSERT_TRUE(sut.add_range("198.51.100.5", "198.51.100.5").ok());
  EXPECT_TRUE(blocks(sut, "198.51.100.5"));
  EXPECT_FALSE(blocks(sut, "198.51.100.4"));
  EXPECT_FALSE(blocks(sut, "198.51.100.6"));
}

}  // namespace
}  // namespace dgram
