/// The bytes of a datagram: immutable, shared, sliced without copying.
///
///   payload p = payload::copy_of("hello");
///   payload q = p.slice(1, 3);      // "ell", the same memory
///   q.view();                       // std::string_view over it
///
/// Copies share the bytes, which live as long as any payload refers to them.
/// Safe to share between threads.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#if __has_include(<version>)
#include <version>
#endif
#ifdef __cpp_lib_span
#include <span>
#endif

#include "caf_dgram/dgram/byte_owner.h"
#include "caf_dgram/dgram/printable.h"

namespace dgram {

class payload : public printable<payload> {
 public:
  /// No bytes, which is a valid datagram.
  payload() noexcept = default;

  /// Takes over the text without copying it.
  payload(std::string text) : payload(own(std::move(text))) {}  // NOLINT: implicit on purpose

  /// Copies text up to its NUL, so that a literal can stand for a payload.
  payload(const char* text) : payload(std::string(text)) {}  // NOLINT: implicit on purpose

  /// Takes over the bytes without copying them.
  explicit payload(std::vector<char> bytes) : payload(own(std::move(bytes))) {}
  explicit payload(std::vector<unsigned char> bytes) : payload(own(std::move(bytes))) {}
  explicit payload(std::vector<std::byte> bytes) : payload(own(std::move(bytes))) {}

  /// Copies the text.
  explicit payload(std::string_view text) : payload(copy_of(text)) {}

  /// A copy of the bytes.
  static payload copy_of(std::string_view bytes);
  static payload copy_of(const void* bytes, std::size_t size) {
    return copy_of({static_cast<const char*>(bytes), size});
  }

#ifdef __cpp_lib_span
  /// The same for bytes as C++20 names them.
  static payload copy_of(std::span<const std::byte> bytes) { return copy_of(text_of(bytes)); }

  /// The bytes as C++20 names them.
  std::span<const std::byte> bytes() const noexcept {
    return std::as_bytes(std::span(bytes_.data(), bytes_.size()));
  }
#endif

  /// Bytes inside memory that `owner` keeps alive and that nobody changes.
  static payload view_of(std::shared_ptr<const void> owner, std::string_view bytes);
  static payload view_of(byte_owner_ref owner, std::string_view bytes) noexcept {
    return {std::move(owner), bytes};
  }

  /// Bytes that outlive every payload over them, such as a literal's.
  static payload of_static(std::string_view bytes) noexcept { return {byte_owner_ref(), bytes}; }

  /// Calls `take` with each part of `size` bytes (above 0); the last may be
  /// shorter. Cheaper than one `slice` per part.
  template <class Take>
  void split(std::size_t size, Take take) const;

  /// A view of `length` bytes from `offset` on. Precondition: they exist.
  payload slice(std::size_t offset, std::size_t length) const;

  std::string_view view() const noexcept { return bytes_; }
  const char* data() const noexcept { return bytes_.data(); }
  std::size_t size() const noexcept { return bytes_.size(); }
  bool empty() const noexcept { return bytes_.empty(); }

  /// The owner that keeps the bytes alive; none for static bytes and for no
  /// bytes.
  const byte_owner_ref& owner() const noexcept { return owner_; }

  /// The first 64 bytes in quotes, all but printable ASCII escaped as in C, and
  /// the size if there are more.
  std::string to_string() const;

  friend bool operator==(const payload& a, const payload& b) noexcept {
    return a.bytes_ == b.bytes_;
  }
  friend bool operator!=(const payload& a, const payload& b) noexcept { return !(a == b); }

 private:
#ifdef __cpp_lib_span
  static std::string_view text_of(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
#endif

  payload(byte_owner_ref owner, std::string_view bytes) noexcept
      : owner_(std::move(owner)), bytes_(bytes) {}

  template <class Container>
  class holder final : public byte_owner {
   public:
    explicit holder(Container held) : held_(std::move(held)) {}
    const Container& held() const noexcept { return held_; }

   private:
    void reclaim() noexcept override { const std::unique_ptr<holder> last(this); }

    const Container held_;
  };

  template <class Container>
  static payload own(Container container) {
    auto owner = std::make_unique<holder<Container>>(std::move(container));
    const std::string_view bytes(reinterpret_cast<const char*>(owner->held().data()),
                                 owner->held().size());
    return {byte_owner_ref::adopt(owner.release()), bytes};
  }

  byte_owner_ref owner_;
  std::string_view bytes_;
};

template <class Take>
void payload::split(std::size_t size, Take take) const {
  // Acquired at once, because they are atomic operations otherwise.
  byte_owner_refs parts(owner_, (bytes_.size() + size - 1) / size);
  for (std::size_t offset = 0; offset < bytes_.size(); offset += size) {
    take(payload(parts.take(), bytes_.substr(offset, size)));
  }
}

}  // namespace dgram
