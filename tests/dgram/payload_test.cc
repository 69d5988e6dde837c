#include "caf_dgram/dgram/payload.h"

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(Payload, IsEmptyByDefault) {
  EXPECT_TRUE(payload().empty());
  EXPECT_EQ(payload().size(), 0U);
  EXPECT_EQ(payload::copy_of(""), payload());
}

TEST(Payload, TakesOverTextAndBytesWithoutCopying) {
  std::string text(1000, 'x');
  const char* text_data = text.data();
  EXPECT_EQ(payload(std::move(text)).data(), text_data);
  std::vector<char> bytes(1000, 'y');
  const char* bytes_data = bytes.data();
  EXPECT_EQ(payload(std::move(bytes)).data(), bytes_data);
}

TEST(Payload, TakesOverBytesOfEveryType) {
  std::vector<unsigned char> octets{0, 1, 255};
  const auto* octets_data = octets.data();
  const payload of_octets(std::move(octets));
  EXPECT_EQ(of_octets.view(), std::string_view("\0\1\xff", 3));
  EXPECT_EQ(static_cast<const void*>(of_octets.data()), octets_data);
  std::vector<std::byte> bytes{std::byte{0}, std::byte{255}};
  const auto* bytes_data = bytes.data();
  const payload of_bytes(std::move(bytes));
  EXPECT_EQ(of_bytes.view(), std::string_view("\0\xff", 2));
  EXPECT_EQ(static_cast<const void*>(of_bytes.data()), bytes_data);
}

TEST(Payload, CopiesViewsAndMemoryExplicitly) {
  static_assert(!std::is_convertible_v<std::string_view, payload>);
  std::string text("a\0b", 3);
  const payload of_view{std::string_view(text)};
  const auto of_memory = payload::copy_of(static_cast<const void*>(text.data()), text.size());
  text = "changed";
  EXPECT_EQ(of_view.view(), std::string_view("a\0b", 3));
  EXPECT_EQ(of_memory, of_view);
}

TEST(Payload, GivesAllReferencesBackWhenASplitEndsEarly) {
  for (std::size_t whole = 0; whole < 6; ++whole) {
    auto owner = std::make_shared<const std::string>("abcdef");
    const std::weak_ptr<const std::string> watch = owner;
    auto p = payload::view_of(owner, *owner);
    owner.reset();
    std::vector<payload> taken;
    EXPECT_THROW(p.split(1,
                         [&](payload part) {
                           if (taken.size() == whole) throw std::bad_alloc();
                           taken.push_back(std::move(part));
                         }),
                 std::bad_alloc);
    EXPECT_EQ(taken.size(), whole);
    EXPECT_FALSE(watch.expired());
    p = {};
    EXPECT_EQ(watch.expired(), whole == 0);
    taken.clear();
    EXPECT_TRUE(watch.expired());
  }
}

TEST(Payload, GivesItsReferenceBackAfterASplitIntoOnePart) {
  auto owner = std::make_shared<const std::string>("abcdef");
  const std::weak_ptr<const std::string> watch = owner;
  auto p = payload::view_of(owner, *owner);
  owner.reset();
  payload only;
  p.split(10, [&](payload part) { only = std::move(part); });
  EXPECT_EQ(only, payload("abcdef"));
  p = {};
  EXPECT_FALSE(watch.expired());
  only = {};
  EXPECT_TRUE(watch.expired());
}

TEST(Payload, CopyOfLeavesItsSourceAlone) {
  std::string text = "hello";
  const auto p = payload::copy_of(text);
  text[0] = 'j';
  EXPECT_EQ(p.view(), "hello");
}

TEST(Payload, SharesItsBytesWithCopiesAndSlices) {
  const payload p("hello world");
  const payload copy = p;
  const payload slice = p.slice(6, 5);
  EXPECT_EQ(copy.data(), p.data());
  EXPECT_EQ(slice.data(), p.data() + 6);
  EXPECT_EQ(slice.view(), "world");
  EXPECT_TRUE(p.slice(11, 0).empty());
}

TEST(Payload, KeepsBytesAliveForItsSlices) {
  payload slice;
  {
    const payload p(std::string(100, 'a') + "tail");
    slice = p.slice(100, 4);
  }
  EXPECT_EQ(slice.view(), "tail");
}

TEST(Payload, ViewOfKeepsItsOwnerAlive) {
  auto owner = std::make_shared<const std::string>("owned");
  const std::weak_ptr<const std::string> watch = owner;
  auto p = payload::view_of(owner, *owner);
  owner.reset();
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ(p.view(), "owned");
  p = {};
  EXPECT_TRUE(watch.expired());
}

TEST(Payload, PrintsItsFirst64BytesQuotedAndEscaped) {
  EXPECT_EQ(payload().to_string(), R"("")");
  EXPECT_EQ(payload("say \"hi\"\n").to_string(), R"("say \"hi\"\n")");
  EXPECT_EQ(payload::copy_of({"\0\xff", 2}).to_string(), R"("\x00\xff")");
  const std::string most(64, 'x');
  EXPECT_EQ(payload(most).to_string(), "\"" + most + "\"");
  EXPECT_EQ(payload(most + "y").to_string(), "\"" + most + "\"… (65 bytes)");
}

TEST(Payload, ComparesByContent) {
  EXPECT_EQ(payload("a"), payload::copy_of("a"));
  EXPECT_NE(payload("a"), payload("b"));
}

TEST(Payload, KeepsItsBytesWhateverBecomesOfItsParts) {
  auto owner = std::make_shared<const std::string>("abcdef");
  const std::weak_ptr<const std::string> watch = owner;
  auto p = payload::view_of(owner, *owner);
  owner.reset();
  std::size_t parts = 0;
  p.split(1, [&](const payload&) { ++parts; });
  EXPECT_EQ(parts, 6U);
  ASSERT_FALSE(watch.expired());
  EXPECT_EQ(p, payload("abcdef"));
  p = {};
  EXPECT_TRUE(watch.expired());
}

TEST(Payload, OfStaticBytesIsSplitLikeAnyOther) {
  const auto p = payload::of_static("abc");
  std::vector<payload> parts;
  p.split(2, [&](payload part) { parts.push_back(std::move(part)); });
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0], payload("ab"));
  EXPECT_EQ(parts[1], payload("c"));
  EXPECT_THROW(p.split(1, [](const payload&) { throw std::bad_alloc(); }), std::bad_alloc);
}

}  // namespace
}  // namespace dgram
