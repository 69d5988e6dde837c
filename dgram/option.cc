#include "caf_dgram/dgram/option.h"

#include "absl/strings/str_cat.h"

namespace dgram {

std::string option_value::to_string() const {
  switch (kind_) {
    case kind::flag:
      return as_bool() ? "true" : "false";
    case kind::number:
      return absl::StrCat(number_);
    case kind::interface:
      return interface_.to_string();
  }
  return {};
}

}  // namespace dgram
