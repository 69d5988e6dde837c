#include "caf_dgram/dgram/error.h"

#include <cerrno>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(Failure, NamesOperationValueAndCause) {
  const auto status = failure(errc::out_of_range, "set ttl", "256", "must be 1 to 255");
  EXPECT_EQ(status.message(), "set ttl 256: must be 1 to 255");
  EXPECT_EQ(code_of(status), errc::out_of_range);
  EXPECT_EQ(errno_of(status), 0);
}

TEST(Failure, LeavesOutAnEmptyValue) {
  EXPECT_EQ(failure(errc::closed, "send", "", "the socket is closed").message(),
            "send: the socket is closed");
}

TEST(SystemFailure, NamesOperationValueAndErrno) {
  const auto status = system_failure("bind", "127.0.0.1:53", EACCES);
  EXPECT_EQ(status.message(), "bind 127.0.0.1:53: EACCES (Permission denied)");
  EXPECT_EQ(code_of(status), errc::system_error);
  EXPECT_EQ(errno_of(status), EACCES);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
}

TEST(SystemFailure, CallsATooLargeDatagramByItsOwnCode) {
  const auto status = system_failure("send", "", EMSGSIZE);
  EXPECT_EQ(code_of(status), errc::payload_too_large);
  EXPECT_EQ(errno_of(status), EMSGSIZE);
}

TEST(CodeOf, IsNoneForForeignErrors) {
  EXPECT_EQ(code_of(absl::OkStatus()), errc::none);
  EXPECT_EQ(code_of(absl::InternalError("x")), errc::none);
  EXPECT_EQ(errno_of(absl::InternalError("x")), 0);
}

TEST(ErrcNames, AreAllDifferentAndKnown) {
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(errc::invalid_channel); ++code) {
    EXPECT_TRUE(names.insert(to_string(static_cast<errc>(code))).second) << code;
  }
  EXPECT_EQ(names.count("unknown"), 0U);
  EXPECT_STREQ(to_string(errc::not_permitted), "not_permitted");
}

}  // namespace
}  // namespace dgram
