#include "caf_dgram/dgram/option.h"

#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(OptionName, IsThatOfItsEnumerator) {
  EXPECT_STREQ(to_string(option::broadcast), "broadcast");
  EXPECT_STREQ(to_string(option::report_drops), "report_drops");
  EXPECT_STREQ(to_string(static_cast<option>(255)), "unknown option");
}

TEST(OptionValue, PrintsAsUsersWriteIt) {
  EXPECT_EQ(option_value(true).to_string(), "true");
  EXPECT_EQ(option_value(64).to_string(), "64");
  EXPECT_EQ(option_value("eth0").to_string(), "eth0");
  EXPECT_EQ(option_value(interface_selector::index(2)).to_string(), "interface 2");
}

TEST(OptionValue, PrintsANameOnOneLine) {
  EXPECT_EQ(option_value("evil\nERROR forged").to_string(), "evil\\nERROR forged");
}

}  // namespace
}  // namespace dgram
