// The door's small parts by themselves: checksum, gzip, targets, dates, the output queue.
#include <gtest/gtest.h>
#include <zlib.h>

#include "protocol/http/crc32.h"
#include "protocol/http/gzip.h"
#include "protocol/http/output_queue.h"
#include "protocol/http/reply_head.h"
#include "protocol/http/request_target.h"

namespace stator::http {
namespace {

TEST(Crc32, EqualsZlibsAtEveryLengthAndAlignment) {
  std::string bytes;
  for (size_t i = 0; i < 2400; ++i) bytes += static_cast<char>(i * 131 + i / 7);
  EXPECT_EQ(crc32("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32(""), 0u);
  for (size_t skip : {0u, 1u, 7u, 15u})
    for (size_t size = 0; size + skip <= bytes.size(); ++size)
      ASSERT_EQ(crc32(std::string_view(bytes).substr(skip, size)),
                ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data() + skip), static_cast<uInt>(size)))
          << skip << " " << size;
}

TEST(Gzip, RoundTripsAndRefuses) {
  Gzip gzip;
  std::string packed, unpacked;
  for (size_t size : {0u, 1u, 1000u, 300'000u}) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * i >> 3);
    gzip.deflate(bytes, packed);
    ASSERT_EQ(gzip.inflate(packed, size, unpacked), Gzip::Inflated::kDone);
    EXPECT_EQ(unpacked, bytes);
    if (size > 0) {
      EXPECT_EQ(gzip.inflate(packed, size - 1, unpacked), Gzip::Inflated::kTooLarge);
    }
    EXPECT_EQ(gzip.inflate(packed.substr(0, packed.size() - 1), size, unpacked), Gzip::Inflated::kMalformed);
    EXPECT_EQ(gzip.inflate(packed + packed, 2 * size, unpacked), Gzip::Inflated::kDone) << "two members";
    EXPECT_EQ(unpacked, bytes + bytes);
    EXPECT_EQ(gzip.inflate(packed + "x", 2 * size + 1, unpacked), Gzip::Inflated::kMalformed);
  }
  EXPECT_EQ(gzip.inflate("", 10, unpacked), Gzip::Inflated::kMalformed);
}

TEST(RequestTarget, LosesSchemeAndAuthority) {
  struct Case {
    const char* target;
    const char* origin;
  };
  const Case cases[] = {
      {"/", "/"},
      {"/a%2Fb?x=%20", "/a%2Fb?x=%20"},
      {"http://host:1/a?b", "/a?b"},
      {"HTTPS://host/", "/"},
      {"http://host", "/"},
      {"http://host?q", "?q"},
      {"/proxy/http://x/y?z", "/proxy/http://x/y?z"},
      {"?u=http://x/y", "?u=http://x/y"},
      {"*", "*"},
  };
  for (const Case& each : cases) EXPECT_EQ(origin_form(each.target), each.origin) << each.target;
}

TEST(ReplyHead, WritesDates) {
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(951782399), "Mon, 28 Feb 2000 23:59:59 GMT");
  EXPECT_EQ(http_date(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(http_date(4102444800), "Fri, 01 Jan 2100 00:00:00 GMT");
}

TEST(OutputQueue, HandsOutEachByteOnceInOrder) {
  for (size_t step : {1u, 2u, 3u, 7u, 1000u}) {
    OutputQueue queue;
    queue.push("xxabc", 2);
    queue.push("");
    queue.push("defgh", 1);
    std::string expected = "abcefgh";
    for (char c = 'A'; c < 'A' + 20; ++c) {
      queue.push(std::string(5, c));
      expected += std::string(5, c);
    }
    EXPECT_EQ(queue.bytes(), expected.size());
    std::string got;
    while (!queue.empty()) {
      iovec entries[4];
      size_t used = queue.gather(entries, 4, step);
      size_t taken = 0;
      for (size_t i = 0; i < used; ++i) {
        got.append(static_cast<const char*>(entries[i].iov_base), entries[i].iov_len);
        taken += entries[i].iov_len;
      }
      ASSERT_GT(taken, 0u);
      ASSERT_LE(taken, step);
      queue.sent(taken, [](std::string) {});
    }
    EXPECT_EQ(got, expected);
    EXPECT_EQ(queue.bytes(), 0u);
  }
}

}  // namespace
}  // namespace stator::http
