#include "caf_dgram/dgram/payload.h"

#include <string>
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

}  // namespace
}  // namespace dgram
