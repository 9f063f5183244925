// Items in Ion's text form, both ways.
#include "emulator/seeding/ion_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/json/item_codec.h"

namespace stator::seeding {
namespace {

std::string json_of(std::string_view line) {
  std::string json;
  const std::string fault = ion_to_json(line, json);
  return fault.empty() ? json : fault;
}

TEST(IonText, IsWrittenAndRead) {
  Arena arena;
  std::string line;
  append_ion_item(
      decode_item(
          R"({"Authors":{"SS":["x","y"]},"Id":{"N":"103"},"Pages":{"N":"600"},"a-b":{"M":{"true":{"L":[{"S":""}]}}},)"
          R"("blob":{"B":"AAE="},"half":{"N":"1.5"},"none":{"NULL":true},"small":{"N":"-0.05"},"zero":{"N":"0"}})",
          arena),
      line);
  EXPECT_EQ(line,
            R"($ion_1_0 {Item:{Authors:$dynamodb_SS::["x","y"],Id:103.,Pages:6d2,'a-b':{'true':[""]},blob:{{AAE=}},)"
            R"(half:1.5,none:null,small:-0.05,zero:0.}})");
  EXPECT_EQ(
      json_of(line),
      R"({"Item":{"Authors":{"SS":["x","y"]},"Id":{"N":"103"},"Pages":{"N":"6e2"},"a-b":{"M":{"true":{"L":[{"S":""}]}}},)"
      R"("blob":{"B":"AAE="},"half":{"N":"1.5"},"none":{"NULL":true},"small":{"N":"-0.05"},"zero":{"N":"0"}}})");
}

TEST(IonText, IsReadAsOthersWriteIt) {
  EXPECT_EQ(json_of(R"($ion_1_0 { Item : { pk : "\ud83d\ude00" , n: 1_0 , } })"),
            "{\"Item\":{\"pk\":{\"S\":\"\xF0\x9F\x98\x80\"},\"n\":{\"N\":\"10\"}}}");
  EXPECT_EQ(json_of(R"({"Item":{'pk':"two",n:2.d3}})"), R"({"Item":{"pk":{"S":"two"},"n":{"N":"2e3"}}})");
}

TEST(IonText, WhatIsNoItemIsTold) {
  for (std::string_view line : {"", "{Item:{pk:three}}", "{Item:{pk:\"four\",n:1e3}}", "{Item:{pk:\"five\"",
                                "{Keys:{}}", "{Item:{a:$dynamodb_SS::[1.]}}", "{Item:{a:\"\\ud83d\"}}"})
    EXPECT_THAT(json_of(line), testing::StartsWith("not an item in Ion: ")) << line;
}

}  // namespace
}  // namespace stator::seeding
