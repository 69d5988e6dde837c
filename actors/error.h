/// The library's errors as CAF's: what a failed request is answered with and
/// what an `error_event` carries.
///
///   self->request(sock, timeout, dgram::bind{53}).receive(
///       [](const dgram::endpoint&) {},
///       [](const caf::error& why) {
///         dgram::describe(why);   // "bind 0.0.0.0:53: EACCES (Permission denied)"
///         dgram::code_of(why);    // dgram::errc::system_error
///         dgram::errno_of(why);   // EACCES
///       });
#pragma once

#include <string>

#include "absl/status/status.h"
#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/dgram/error.h"

CAF_ERROR_CODE_ENUM(dgram::errc, "dgram")

namespace dgram {

/// A failed status as CAF's error: code, text and errno.
caf::error to_error(const absl::Status& status);

/// The library's code, `none` for an error of somebody else's.
errc code_of(const caf::error& why);

/// The errno behind it, 0 if there is none.
int errno_of(const caf::error& why);

/// Operation, value and cause; for an error of somebody else's CAF's text.
std::string describe(const caf::error& why);

}  // namespace dgram
