/// Option values in the bytes of setsockopt(2) and getsockopt(2).
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstring>

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/option.h"
#include "caf_dgram/dgram/posix/multicast_request.h"
#include "caf_dgram/dgram/posix/option_table.h"

namespace dgram {

/// A value for one of the two calls.
class encoded_option {
 public:
  const void* data() const noexcept { return bytes_.data(); }
  void* data() noexcept { return bytes_.data(); }
  ::socklen_t size() const noexcept { return size_; }

  template <class T>
  static encoded_option of(const T& value) noexcept {
    static_assert(sizeof(T) <= sizeof(bytes_));
    encoded_option result;
    std::memcpy(result.bytes_.data(), &value, sizeof(T));
    result.size_ = sizeof(T);
    return result;
  }

  template <class T>
  T as() const noexcept {
    T value;
    std::memcpy(&value, bytes_.data(), sizeof(T));
    return value;
  }

 private:
  alignas(8) std::array<char, sizeof(multicast_interface_request) + 4> bytes_{};
  ::socklen_t size_ = 0;
};

/// The value as setsockopt(2) takes it. An interface is looked up for the
/// family. Errors: unknown_interface, errno.
absl::StatusOr<encoded_option> encode(option_encoding encoding, const option_value& value,
                                      family f);

// Of the following, an interface is none: the kernel does not tell which one was selected.

/// Room for what getsockopt(2) writes.
encoded_option room_for(option_encoding encoding) noexcept;

/// What getsockopt(2) wrote, as a value of the option's type.
option_value decode(option_encoding encoding, option_value::kind type,
                    const encoded_option& written);

}  // namespace dgram
