#include "caf_dgram/dgram/error.h"

#include <cerrno>
#include <optional>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace dgram {
namespace {

constexpr absl::string_view payload_url = "caf-dgram/error";

struct stored {
  errc code = errc::none;
  int error = 0;
};

absl::Status store(absl::StatusCode status_code, absl::string_view text, stored what) {
  absl::Status result(status_code, text);
  result.SetPayload(payload_url,
                    absl::Cord(absl::StrCat(static_cast<int>(what.code), ":", what.error)));
  return result;
}

stored load(const absl::Status& status) {
  const auto payload = status.GetPayload(payload_url);
  if (!payload) return {};
  const std::string text(*payload);
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, ':');
  int code = 0;
  stored result;
  if (!absl::SimpleAtoi(parts.first, &code) || !absl::SimpleAtoi(parts.second, &result.error)) {
    return {};
  }
  result.code = static_cast<errc>(code);
  return result;
}

absl::StatusCode status_code_for(errc code) {
  switch (code) {
    case errc::none:
    case errc::system_error:
      return absl::StatusCode::kUnknown;
    case errc::closed:
    case errc::already_bound:
    case errc::not_bound:
    case errc::already_connected:
    case errc::not_connected:
    case errc::not_registered:
      return absl::StatusCode::kFailedPrecondition;
    case errc::out_of_range:
      return absl::StatusCode::kOutOfRange;
    case errc::unknown_interface:
    case errc::not_a_member:
    case errc::name_not_resolved:
      return absl::StatusCode::kNotFound;
    case errc::not_permitted:
      return absl::StatusCode::kPermissionDenied;
    case errc::queue_full:
      return absl::StatusCode::kResourceExhausted;
    case errc::unsupported:
    case errc::unsupported_option:
      return absl::StatusCode::kUnimplemented;
    case errc::invalid_port:
    case errc::invalid_address:
    case errc::invalid_path:
    case errc::invalid_name:
    case errc::invalid_channel:
    case errc::invalid_subscriber:
    case errc::wrong_family:
    case errc::wrong_type:
    case errc::payload_too_large:
      return absl::StatusCode::kInvalidArgument;
  }
  return absl::StatusCode::kUnknown;
}

std::string headline(absl::string_view operation, absl::string_view value) {
  return value.empty() ? std::string(operation) : absl::StrCat(operation, " ", value);
}

}  // namespace

const char* to_string(errc code) noexcept {
  switch (code) {
    case errc::none:
      return "none";
    case errc::system_error:
      return "system_error";
    case errc::closed:
      return "closed";
    case errc::already_bound:
      return "already_bound";
    case errc::not_bound:
      return "not_bound";
    case errc::already_connected:
      return "already_connected";
    case errc::not_connected:
      return "not_connected";
    case errc::invalid_port:
      return "invalid_port";
    case errc::invalid_address:
      return "invalid_address";
    case errc::invalid_path:
      return "invalid_path";
    case errc::invalid_name:
      return "invalid_name";
    case errc::wrong_family:
      return "wrong_family";
    case errc::out_of_range:
      return "out_of_range";
    case errc::wrong_type:
      return "wrong_type";
    case errc::unsupported_option:
      return "unsupported_option";
    case errc::unknown_interface:
      return "unknown_interface";
    case errc::not_a_member:
      return "not_a_member";
    case errc::payload_too_large:
      return "payload_too_large";
    case errc::queue_full:
      return "queue_full";
    case errc::name_not_resolved:
      return "name_not_resolved";
    case errc::invalid_subscriber:
      return "invalid_subscriber";
    case errc::unsupported:
      return "unsupported";
    case errc::not_registered:
      return "not_registered";
    case errc::not_permitted:
      return "not_permitted";
    case errc::invalid_channel:
      return "invalid_channel";
  }
  return "unknown";
}

absl::Status failure(errc code, absl::string_view operation, absl::string_view value,
                     absl::string_view cause) {
  return store(status_code_for(code), absl::StrCat(headline(operation, value), ": ", cause),
               {code, 0});
}

absl::Status system_failure(absl::string_view operation, absl::string_view value, int error,
                            absl::string_view cause) {
  return store(absl::ErrnoToStatusCode(error),
               absl::StrCat(headline(operation, value), ": ", errno_text(error),
                            cause.empty() ? "" : "; ", cause),
               {code_of_errno(error), error});
}

errc code_of_errno(int error) noexcept {
  return error == EMSGSIZE ? errc::payload_too_large : errc::system_error;
}

errc code_of(const absl::Status& status) { return load(status).code; }

int errno_of(const absl::Status& status) { return load(status).error; }

}  // namespace dgram
