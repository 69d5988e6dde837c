/// Makes the library's error codes known to CAF.
#pragma once

#include "caf/config.hpp"
#include "caf/error.hpp"
#include "caf_dgram/actors/compat/inspection.h"
#include "caf_dgram/dgram/error.h"
#if CAF_MAJOR_VERSION >= 1
#include "caf/is_error_code_enum.hpp"
#include "caf/message.hpp"

CAF_ERROR_CODE_ENUM(dgram::errc)
#else
#include "caf/make_message.hpp"

CAF_ERROR_CODE_ENUM(dgram::errc, "dgram")
#endif
