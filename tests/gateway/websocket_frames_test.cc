// WebSocket framing and selection expressions: pure bytes and text.
#include <gtest/gtest.h>

#include "emulator/gateway/websocket/frames.h"
#include "emulator/gateway/websocket/selection.h"
#include "websocket_client.h"

namespace stator::gateway {
namespace {

// What a reader makes of `bytes` handed over in pieces of `step`: "text:abc|ping:x|1002".
std::string read(std::string_view bytes, size_t step = SIZE_MAX) {
  FrameReader reader;
  std::string out;
  auto sink = [&](Opcode opcode, const std::string& payload) {
    const char* name = opcode == Opcode::kText   ? "text:"
                       : opcode == Opcode::kPing ? "ping:"
                       : opcode == Opcode::kPong ? "pong:"
                                                 : "close:";
    out += name + (payload.size() > 40 ? std::to_string(payload.size()) : payload) + "|";
  };
  for (size_t at = 0; at < bytes.size(); at += std::min(step, bytes.size() - at))
    if (const uint16_t fault = reader.feed(bytes.substr(at, step), sink)) out += std::to_string(fault) + "!";
  return out;
}

TEST(Frames, MessagesComeWholeHoweverTheyAreCut) {
  const std::string bytes = client_frame(1, "one") + client_frame(1, "tw", false) + client_frame(9, "are you there") +
                            client_frame(0, "", false) + client_frame(0, "o") + client_frame(1, "") +
                            client_frame(10, "") + client_frame(1, std::string(32768, 'x')) + client_frame(8, "") +
                            client_frame(1, "nobody reads this");
  const std::string expected = "text:one|ping:are you there|text:two|text:|pong:|text:32768|close:|";
  for (const size_t step : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{4096}, SIZE_MAX})
    EXPECT_EQ(read(bytes, step), expected) << step;
}

TEST(Frames, WhatBreaksTheProtocolIsClosedWithItsCode) {
  auto raw = [](std::initializer_list<int> bytes) {
    std::string out;
    for (const int b : bytes) out += static_cast<char>(b);
    return out;
  };
  EXPECT_EQ(read(raw({0x81, 0x01, 'x'})), "1002!") << "a frame without a mask";
  EXPECT_EQ(read(raw({0xC1, 0x80, 0, 0, 0, 0})), "1002!") << "a reserved bit";
  EXPECT_EQ(read(raw({0x83, 0x80, 0, 0, 0, 0})), "1002!") << "an unknown opcode";
  EXPECT_EQ(read(raw({0x8B, 0x80, 0, 0, 0, 0})), "1002!") << "an unknown control opcode";
  EXPECT_EQ(read(raw({0x09, 0x80, 0, 0, 0, 0})), "1002!") << "a control frame in pieces";
  EXPECT_EQ(read(raw({0x89, 0xFE, 0, 126, 0, 0, 0, 0})), "1002!") << "a long control frame";
  EXPECT_EQ(read(raw({0x81, 0xFE, 0, 5, 0, 0, 0, 0})), "1002!") << "a length longer than it need be";
  EXPECT_EQ(read(raw({0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0})), "1002!");
  EXPECT_EQ(read(client_frame(0, "x")), "1002!") << "a continuation of nothing";
  EXPECT_EQ(read(client_frame(1, "x", false) + client_frame(1, "y")), "1002!") << "a message within a message";
  EXPECT_EQ(read(client_frame(2, "x")), "1003!") << "a binary frame: the service has none";
  EXPECT_EQ(read(client_frame(1, "\xC3\x28")), "1007!");
  EXPECT_EQ(read(client_frame(1, "\xE2\x82", false) + client_frame(0, "\xAC")), "text:\xE2\x82\xAC|")
      << "a character may be cut by frames";
  EXPECT_EQ(read(client_frame(1, std::string(32769, 'x'))), "1009!");
  std::string most, more;
  for (int i = 0; i < 4; ++i) most += client_frame(i ? 0 : 1, std::string(32768, 'x'), i == 3);
  EXPECT_EQ(read(most), "text:131072|");
  for (int i = 0; i < 5; ++i) more += client_frame(i ? 0 : 1, std::string(i < 4 ? 32768 : 1, 'x'), i == 4);
  EXPECT_EQ(read(more), "1009!");
  EXPECT_EQ(read(raw({0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0})), "1009!");
  EXPECT_EQ(read(raw({0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})), "1002!");
}

TEST(Frames, ACloseFrameSaysWhy) {
  auto words = [](std::string_view payload) {
    const CloseWords w = read_close(payload);
    return std::to_string(w.code) + " " + std::string(w.reason) + " " + std::to_string(w.fault);
  };
  EXPECT_EQ(words(""), "1005  0");
  EXPECT_EQ(words("\x03\xE8"), "1000  0");
  EXPECT_EQ(words("\x03\xE9gone"), "1001 gone 0");
  EXPECT_EQ(words("\x0F\xA0"), "4000  0");
  EXPECT_EQ(words("\x03").substr(6), "1002");
  EXPECT_EQ(words("\x03\xED").substr(6), "1002") << "1005 is never sent";
  EXPECT_EQ(words("\x03\xE7").substr(6), "1002");
  EXPECT_EQ(words("\x07\xD0").substr(6), "1002") << "2000 is nobody's";
  EXPECT_EQ(words("\x03\xE8\xFF").substr(7), "1007");
}

TEST(Frames, WhatIsSentIsCutAt32KB) {
  EXPECT_EQ(message_frames("hi"), std::string("\x81\x02hi"));
  EXPECT_EQ(message_frames(""), std::string("\x81\x00", 2));
  EXPECT_EQ(message_frames("\xFF"), std::string("\x82\x01\xFF")) << "what is no text goes as bytes";
  EXPECT_EQ(message_frames(std::string(126, 'x')).substr(0, 4), std::string("\x81\x7E\x00\x7E", 4));
  const std::string most(131072, 'y');
  const std::string frames = message_frames(most);
  EXPECT_EQ(frames.substr(0, 4), std::string("\x01\x7E\x80\x00", 4));
  EXPECT_EQ(frames.substr(32772, 4), std::string("\x00\x7E\x80\x00", 4));
  const auto read_back = server_frames(frames);
  ASSERT_EQ(read_back.size(), 4u);
  EXPECT_EQ(read_back[3].first, 0x80);
  std::string all;
  for (const auto& [first, payload] : read_back) all += payload;
  EXPECT_EQ(all, most);
  EXPECT_EQ(close_frame(1005, "x"), std::string("\x88\x00", 2));
  EXPECT_EQ(close_frame(1001, "bye"), std::string("\x88\x05\x03\xE9") + "bye");
  EXPECT_EQ(close_frame(1000, std::string(122, 'a') + "\xE2\x82\xAC").size(), 2u + 2u + 122u)
      << "not within a character";
}

TEST(Selection, NamesTheKeyAsTheServiceDoes) {
  auto key = [](std::string_view expression, std::string_view message) {
    return Selection(expression).evaluate(message);
  };
  constexpr const char* kMessage =
      R"({"service":"chat","action":"join","n":7,"yes":true,"no":null,"data":{"room":"room1234","a b":1},"list":["x",{"y":"z"}]})";
  EXPECT_EQ(key("$request.body.action", kMessage), "join");
  EXPECT_EQ(key("${request.body.action}", kMessage), "join");
  EXPECT_EQ(key("${request.body.service}/${request.body.action}", kMessage), "chat/join");
  EXPECT_EQ(key("$request.body.service/$request.body.action", kMessage), "chat/join");
  EXPECT_EQ(key("${request.body.action}-${request.body.invalidPath}", kMessage), "join-");
  EXPECT_EQ(key("action", kMessage), "action");
  EXPECT_EQ(key("\\$default", kMessage), "$default");
  EXPECT_EQ(key("$default", kMessage), "$default");
  EXPECT_EQ(key("$request.body.data.room", kMessage), "room1234");
  EXPECT_EQ(key("$request.body.data['a b']", kMessage), "1");
  EXPECT_EQ(key("$request.body.list[1].y", kMessage), "z");
  EXPECT_EQ(key("$request.body.list[2].y", kMessage), "");
  EXPECT_EQ(key("$request.body.list", kMessage), "[x, {y=z}]");
  EXPECT_EQ(key("${request.body.data.*}", kMessage), "[room1234, 1]");
  EXPECT_EQ(key("${request.body.list[?(@.y == 'z')].y}", kMessage), "[z]");
  EXPECT_EQ(key("$request.body.n", kMessage), "7");
  EXPECT_EQ(key("$request.body.yes", kMessage), "true");
  EXPECT_EQ(key("$request.body.no", kMessage), "");
  EXPECT_EQ(key("$request.body.action.more", kMessage), "");
  EXPECT_EQ(key("$request.body", "\"join\""), "join");
  EXPECT_EQ(key("$request.body.action", "join"), "$default") << "not JSON";
  EXPECT_EQ(key("$request.body.action", ""), "$default");
  EXPECT_EQ(key("fixed", "not JSON"), "fixed");
  EXPECT_EQ(key("${request.body.action", kMessage), "{request.body.action") << "what is not closed is text";
  EXPECT_TRUE(Selection("$request.body.a").valid());
  EXPECT_FALSE(Selection("$request.header.a").valid());
  EXPECT_FALSE(Selection("${request.body.a[}").valid());
}

}  // namespace
}  // namespace stator::gateway
