/// Lets a value with `to_string()` be printed: by streams, GoogleTest's
/// failures, and the functions of Abseil from 2023 on (absl::StrCat,
/// absl::StrFormat, LOG).
///
///   class endpoint : public printable<endpoint> { … std::string to_string() const; };
///   std::cout << e;
#pragma once

#include <iosfwd>
#include <string>

namespace dgram {

/// Base of the value T. Adds neither data nor a virtual table.
template <class T>
class printable {
 public:
  friend std::ostream& operator<<(std::ostream& out, const T& value) {
    return out << value.to_string();
  }

  /// GoogleTest's; with the operator alone it prints a container's elements.
  friend void PrintTo(const T& value, std::ostream* out) {  // NOLINT(readability-identifier-naming)
    *out << value;
  }

  template <class Sink>
  friend void AbslStringify(Sink& sink, const T& value) {  // NOLINT(readability-identifier-naming)
    sink.Append(value.to_string());
  }

 protected:
  printable() noexcept = default;
};

}  // namespace dgram
