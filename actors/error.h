/// The library's errors as caf::error, in answers and in `error_event`s.
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
#include "caf/error.hpp"
#include "caf_dgram/actors/compat/error_code.h"
#include "caf_dgram/dgram/error.h"

namespace dgram {

/// Converts a failed status, with code, text and errno.
caf::error to_error(const absl::Status& status);

/// The library's code; `none` for errors of other categories.
errc code_of(const caf::error& why);

/// The errno that caused the error; 0 if none did.
int errno_of(const caf::error& why);

/// Operation, value and cause. For errors of other categories CAF's text, except where
/// a node has not registered the message types: then the call that is missing.
std::string describe(const caf::error& why);

}  // namespace dgram
