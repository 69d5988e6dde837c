#include "caf_dgram/dgram/lcm/short_form.h"

#include <string>
#include <variant>

#include "caf_dgram/dgram/lcm/datagram.h"
#include "gtest/gtest.h"

namespace dgram::lcm {
namespace {

TEST(LcmShortForm, IsReadAsAShortMessageWhateverItsLength) {
  for (const std::size_t size : {0U, 3U, 1'000'000U}) {
    const std::string text(size, 'x');
    const auto sut = short_form(7, "CAMERA", text);
    ASSERT_TRUE(sut);
    const auto read = std::get<part>(parse(sut->view()));
    EXPECT_TRUE(read.is_short);
    EXPECT_EQ(read.sequence, 7U);
    EXPECT_EQ(read.channel, "CAMERA");
    EXPECT_EQ(read.bytes, text);
  }
}

}  // namespace
}  // namespace dgram::lcm
