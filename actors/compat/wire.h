/// Values in the bytes by which CAF sends them to other nodes.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "caf/actor_system.hpp"
#include "caf/binary_deserializer.hpp"
#include "caf/binary_serializer.hpp"
#include "caf/config.hpp"
#include "caf/error.hpp"
#include "caf/expected.hpp"
#if CAF_MAJOR_VERSION >= 1
#include "caf/byte_buffer.hpp"
#endif

namespace dgram {

template <class T>
caf::expected<std::vector<char>> to_wire(caf::actor_system& system, T value) {
#if CAF_MAJOR_VERSION >= 1
  caf::byte_buffer bytes;
  caf::binary_serializer sink(system, bytes);
  if (!sink.apply(value)) return sink.get_error();
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  return std::vector<char>(text, text + bytes.size());
#else
  std::vector<char> bytes;
  caf::binary_serializer sink(system, bytes);
  if (auto why = sink(value)) return why;
  return bytes;
#endif
}

template <class T>
caf::error from_wire(caf::actor_system& system, const char* bytes, std::size_t size, T& value) {
#if CAF_MAJOR_VERSION >= 1
  caf::binary_deserializer source(system, bytes, size);
  return source.apply(value) ? caf::error() : source.get_error();
#else
  caf::binary_deserializer source(system, bytes, size);
  return source(value);
#endif
}

}  // namespace dgram
