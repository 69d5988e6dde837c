#include "caf_dgram/actors/error.h"

#include <caf/all.hpp>

#include <cerrno>

#include "caf_dgram/actors/config.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(ToError, KeepsCodeTextAndErrno) {
  const auto why = to_error(system_failure("bind", "127.0.0.1:53", EACCES));
  EXPECT_EQ(code_of(why), errc::system_error);
  EXPECT_EQ(errno_of(why), EACCES);
  EXPECT_EQ(describe(why), "bind 127.0.0.1:53: EACCES (Permission denied)");
}

TEST(ToError, OfSuccessIsNoError) {
  EXPECT_FALSE(to_error(absl::OkStatus()));
  EXPECT_EQ(code_of(caf::error{}), errc::none);
}

TEST(ToError, OfAForeignStatusIsASystemErrorWithItsText) {
  const auto why = to_error(absl::InternalError("odd"));
  EXPECT_EQ(code_of(why), errc::system_error);
  EXPECT_EQ(describe(why), "odd");
}

TEST(CodeOf, IsNoneForErrorsOfOthers) {
  const auto why = caf::make_error(caf::sec::request_timeout);
  EXPECT_EQ(code_of(why), errc::none);
  EXPECT_EQ(errno_of(why), 0);
  EXPECT_NE(describe(why).find("request_timeout"), std::string::npos);
}

TEST(Describe, NamesTheCodeOfAnErrorWithoutText) {
  EXPECT_EQ(describe(caf::make_error(errc::not_registered)), "not_registered");
}

TEST(CafText, ShowsTheWholeError) {
  const system_config registers_types;
  const auto text = to_string(to_error(failure(errc::closed, "send", "", "the socket is closed")));
  EXPECT_NE(text.find("send: the socket is closed"), std::string::npos) << text;
}

}  // namespace
}  // namespace dgram
