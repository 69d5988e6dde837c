#include "caf_dgram/dgram/decimal.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(Decimal, IsReadUpToTheLargestNumber) {
  EXPECT_EQ(parse_decimal("0"), 0U);
  EXPECT_EQ(parse_decimal("00053"), 53U);
  EXPECT_EQ(parse_decimal("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_decimal("18446744073709551616"), std::nullopt);
}

TEST(Decimal, IsDigitsAndNothingElse) {
  const std::string nul(1, '\0');
  for (const std::string& text :
       {std::string(), std::string(" "), std::string(" 5"), std::string("5 "), std::string("+5"),
        std::string("-5"), std::string("0x5"), std::string("5."), std::string("5\n"),
        std::string("five"), "5" + nul, nul + "5"}) {
    EXPECT_EQ(parse_decimal(text), std::nullopt) << '"' << text << '"';
  }
}

}  // namespace
}  // namespace dgram
