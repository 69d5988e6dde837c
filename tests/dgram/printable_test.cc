#include "caf_dgram/dgram/printable.h"

#include <optional>
#include <sstream>
#include <string>

#include "absl/strings/string_view.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/network_interface.h"
#include "caf_dgram/dgram/option.h"
#include "caf_dgram/dgram/payload.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

/// What Abseil hands to AbslStringify.
struct sink {
  std::string text;
  void Append(absl::string_view more) {  // NOLINT(readability-identifier-naming): Abseil's name
    text.append(more.data(), more.size());
  }
};

template <class T>
void expect_text(const T& value, const std::string& text) {
  std::ostringstream stream;
  stream << value;
  EXPECT_EQ(stream.str(), text);
  EXPECT_EQ(::testing::PrintToString(value), text);
  EXPECT_EQ(::testing::PrintToString(std::optional(value)), "(" + text + ")");
  sink abseil;
  AbslStringify(abseil, value);
  EXPECT_EQ(abseil.text, text);
}

TEST(Printable, EndpointReadsTheSameEverywhere) {
  expect_text(endpoint::loopback(family::udp6, 53), "[::1]:53");
  expect_text(*endpoint::unix_path("/run/x"), "unix:/run/x");
}

TEST(Printable, PayloadReadsTheSameEverywhere) { expect_text(payload("hello"), "\"hello\""); }

TEST(Printable, BatchReadsTheSameEverywhere) {
  batch datagrams;
  datagrams.add("hello", endpoint::loopback(family::udp6, 53));
  expect_text(datagrams, "1 datagram: \"hello\" [::1]:53");
}

TEST(Printable, InterfaceSelectorReadsTheSameEverywhere) {
  expect_text(interface_selector::index(2), "interface 2");
}

TEST(Printable, OptionValueReadsTheSameEverywhere) { expect_text(option_value(true), "true"); }

}  // namespace
}  // namespace dgram
