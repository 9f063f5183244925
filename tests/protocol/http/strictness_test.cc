// What the door refuses, and how: two readers must never disagree about where a request ends.
#include <gtest/gtest.h>

#include "door_under_test.h"
#include "protocol/http/request_parser.h"

namespace stator::http {
namespace {

struct Bad {
  const char* name;
  std::string bytes;
  int status;
};

std::vector<Bad> bad_requests() {
  std::string post = "POST /x HTTP/1.1\r\nHost: h\r\n";
  return {
      {"two lengths", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
      {"two equal lengths", post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
      {"a list of lengths", post + "Content-Length: 3, 3\r\n\r\nabc", 400},
      {"length and chunks", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunks and length", post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
      {"two codings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400},
      {"another coding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"chunked, twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501},
      {"chunks in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"negative length", post + "Content-Length: -1\r\n\r\n", 400},
      {"plus length", post + "Content-Length: +1\r\n\r\na", 400},
      {"hex length", post + "Content-Length: 0x1\r\n\r\na", 400},
      {"empty length", post + "Content-Length:\r\n\r\n", 400},
      {"a length past 64 bits", post + "Content-Length: 18446744073709551617\r\n\r\n", 400},
      {"blank before the colon", post + "Content-Length : 3\r\n\r\nabc", 400},
      {"a folded line", post + "X: a\r\n b\r\n\r\n", 400},
      {"a line that starts blank", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"no colon", post + "nonsense\r\n\r\n", 400},
      {"an empty name", post + ": x\r\n\r\n", 400},
      {"a bare LF", "GET / HTTP/1.1\nHost: h\n\n", 400},
      {"a bare LF in the headers", post + "X: y\nZ: w\r\n\r\n", 400},
      {"a bare CR in a value", post + "X: a\rb\r\n\r\n", 400},
      {"a NUL in a value", post + std::string("X: a\0b\r\n\r\n", 10), 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"no version", "GET /\r\nHost: h\r\n\r\n", 400},
      {"version 2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"a strange version", "GET / HTTX/1.1\r\nHost: h\r\n\r\n", 400},
      {"two blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a blank in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a control character in the target", "GET /a\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"TLS on a plain port", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 13), 400},
      {"a target of 17 KB", "GET /" + std::string(17 * 1024, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
      {"a line without end", std::string(17 * 1024, 'A'), 414},
      {"headers of 17 KB", post + "X: " + std::string(17 * 1024, 'a') + "\r\n\r\n", 431},
      {"a bad chunk size", post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
      {"a negative chunk size", post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
      {"0x chunk size", post + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400},
      {"a chunk size past 64 bits", post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
      {"an overlong chunk", post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400},
      {"a chunk line of LF", post + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400},
      {"bad trailers", post + "Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n", 400},
      {"a huge chunk", post + "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n", 413},
  };
}

TEST(DoorStrictness, MalformedRequestsAreRefusedAndTheConnectionCloses) {
  DoorUnderTest door(one_thread());
  for (const Bad& bad : bad_requests()) {
    for (bool one_by_one : {false, true}) {
      if (one_by_one && bad.bytes.size() > 1000) continue;
      RawClient client(door.port());
      if (one_by_one) {
        for (char c : bad.bytes) client.send({&c, 1});
      } else {
        client.send(bad.bytes + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
      }
      RawReply reply = client.reply(false, 3);
      EXPECT_EQ(reply.status, bad.status) << bad.name << (one_by_one ? ", byte by byte" : "");
      EXPECT_EQ(reply.header("connection"), "close") << bad.name;
      EXPECT_EQ(client.rest(), "") << bad.name << ": nothing behind it may be answered";
    }
  }
}

TEST(DoorStrictness, WhatLooksOddButIsAllowedPasses) {
  DoorUnderTest door(one_thread());
  const std::string good[] = {
      "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost:\r\n\r\n",
      "M-SEARCH * HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /%00%ff\xc3\xa9?{}|^\"<> HTTP/1.1\r\nHost: h\r\nX: \xff\xfe\tb\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 000000000000000003\r\n\r\nabc",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: CHUNKED\r\n\r\n0003 ;a=b\r\nabc\r\n000\r\n\r\n",
      "GET /" + std::string(15 * 1024, 'a') + " HTTP/1.1\r\nHost: h\r\nX: " + std::string(15 * 1024, 'b') + "\r\n\r\n",
  };
  for (const std::string& bytes : good) {
    RawClient client(door.port());
    client.send(bytes);
    EXPECT_EQ(client.reply().status, 200) << bytes.substr(0, 60);
  }
}

TEST(DoorStrictness, ConnectionHeaderAndVersionDecideWhetherItStaysOpen) {
  DoorUnderTest door(one_thread());
  struct Case {
    const char* head;
    bool stays;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: TE, Close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nHost: h\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nHost: h\r\nConnection: Keep-Alive\r\n\r\n", true},
      {"POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: DynamoDB_20120810.X\r\nConnection: close\r\nContent-Length: "
       "0\r\n\r\n",
       false},
  };
  for (const Case& each : cases) {
    RawClient client(door.port());
    client.send(each.head);
    client.send("GET /second HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(client.reply().header("connection"), each.stays ? "keep-alive" : "close") << each.head;
    if (each.stays) {
      EXPECT_EQ(client.reply().body, "GET /second|") << each.head;
    } else {
      EXPECT_EQ(client.rest(), "") << each.head;
    }
  }
}

TEST(DoorStrictness, ExpectContinueIsAnsweredOnlyWhenTheBodyIsWaitedFor) {
  HttpServerOptions options = one_thread();
  options.max_exchange_body = 1000;
  DoorUnderTest door(options);
  RawClient client(door.port());
  client.send("PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.reply().status, 100);
  client.send("abc");
  EXPECT_EQ(client.reply().body, "PUT /a|abc");
  client.send("PUT /b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(client.reply().status, 100);
  client.send("3\r\nabc\r\n0\r\n\r\n");
  EXPECT_EQ(client.reply().body, "PUT /b|abc");
  client.send("PUT /c HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(client.reply().body, "PUT /c|abc") << "no 100 when the body came along";
  client.send("PUT /d HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3000\r\n\r\n");
  EXPECT_EQ(client.reply().status, 413) << "refused before it is sent";
}

TEST(RequestParser, EveryPrefixOfAHeadIsIncompleteAndNothingElse) {
  std::string whole = "POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nX-Y: z\r\n\r\n";
  RequestHead head;
  std::vector<WireHeader> headers;
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(parse_head(std::string_view(whole).substr(0, size), head, headers), ParseState::kIncomplete) << size;
  ASSERT_EQ(parse_head(whole + "body", head, headers), ParseState::kDone);
  EXPECT_EQ(head.size, whole.size());
  EXPECT_EQ(head.content_length, 12u);
}

TEST(RequestParser, ChunksDecodeAlikeHoweverTheyAreCut) {
  std::string body = "1\r\na\r\n0A;x=\"y\"\r\n0123456789\r\n00\r\nT: 1\r\nU: 2\r\n\r\n";
  std::string next = "GET";
  for (size_t first = 0; first <= body.size(); ++first) {
    for (size_t second = first; second <= body.size(); second += 3) {
      std::string buffer = "HEAD";
      ChunkedDecoder decoder(4, 100);
      ChunkedDecoder::State state = ChunkedDecoder::State::kMore;
      for (std::string_view piece :
           {std::string_view(body).substr(0, first), std::string_view(body).substr(first, second - first),
            std::string_view(body).substr(second)}) {
        buffer += piece;
        if (piece.data() + piece.size() == body.data() + body.size()) buffer += next;
        state = decoder.feed(buffer.data(), buffer.size());
        if (state != ChunkedDecoder::State::kMore) break;
        buffer.resize(decoder.compact(buffer.data(), buffer.size()));
      }
      ASSERT_EQ(state, ChunkedDecoder::State::kDone) << first << " " << second;
      EXPECT_EQ(buffer.substr(4, decoder.decoded_end() - 4), "a0123456789");
      std::vector<WireHeader> trailers;
      EXPECT_TRUE(parse_trailers(
          std::string_view(buffer).substr(decoder.trailers_begin(), decoder.trailers_end() - decoder.trailers_begin()),
          trailers));
      EXPECT_EQ(trailers.size(), 2u);
      EXPECT_EQ(buffer.substr(decoder.raw()), next.substr(0, buffer.size() - decoder.raw()));
    }
  }
}

}  // namespace
}  // namespace stator::http
