#include "caf_dgram/dgram/option.h"

#include <cstddef>
#include <vector>

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

TEST(OptionValue, IsReadAsItsOwnTypeOnly) {
  EXPECT_TRUE(option_value(true).as_bool());
  EXPECT_FALSE(option_value(64).as_bool());
  EXPECT_EQ(option_value(64).as_number(), 64);
  EXPECT_EQ(option_value(true).as_number(), 0);
  EXPECT_EQ(option_value("eth0").as_number(), 0);
  EXPECT_EQ(option_value(64).as_interface(), interface_selector::all());
  EXPECT_EQ(option_value(), option_value(false));
}

TEST(OptionValue, DiffersByTypeAndByValue) {
  const std::vector<option_value> all{false, true, 0, 1, 2, "eth0", "eth1"};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      EXPECT_EQ(all[i] == all[j], i == j) << all[i] << " " << all[j];
      EXPECT_EQ(all[i] != all[j], i != j) << all[i] << " " << all[j];
    }
  }
}

}  // namespace
}  // namespace dgram
