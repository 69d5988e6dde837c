#include "caf_dgram/dgram/quoted.h"

#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(Quoted, LeavesOrdinaryTextAsItIs) {
  EXPECT_EQ(quoted(""), R"("")");
  EXPECT_EQ(quoted("example.org"), R"("example.org")");
  EXPECT_EQ(quoted("/tmp/\xc3\xa9t\xc3\xa9"), "\"/tmp/\xc3\xa9t\xc3\xa9\"");
}

TEST(Quoted, StaysOnOneLineAndEndsAtItsOwnQuote) {
  EXPECT_EQ(quoted("evil\nERROR forged"), R"("evil\nERROR forged")");
  EXPECT_EQ(quoted("a\": b\\"), R"("a\": b\\")");
  EXPECT_EQ(quoted({"nul\0stop\x1b", 9}), R"("nul\x00stop\x1b")");
}

TEST(Escaped, HasNoQuotesAround) { EXPECT_EQ(escaped("eth0\t"), R"(eth0\t)"); }

}  // namespace
}  // namespace dgram
