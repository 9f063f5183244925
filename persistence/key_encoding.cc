#include "persistence/key_encoding.h"

#include <openssl/evp.h>

#include <cstring>
#include <memory>

#include "persistence/store_error.h"
#include "protocol/value/number.h"

namespace stator::persistence {
namespace {

constexpr std::string_view kBucketSalt = "Outliers";

// Parts of type S and B.
constexpr char kEscape = '\x00';
constexpr char kEscapedZero = '\xff';
constexpr char kEnd = '\x01';

// Parts of type N: a sign byte; for anything but zero an exponent byte (exponent + 129: 1E-130 is 0.1E-129, 9.9E+125 is
// 0.99E+126, so 256 exponents fill a byte exactly); base-100 digit pairs as pair + 1; 0x00. For negative numbers every
// byte behind the sign is inverted, so that the larger magnitude sorts first.
constexpr char kNegative = '\x01';
constexpr char kZero = '\x02';
constexpr char kPositive = '\x03';
constexpr int kExponentBias = 129;

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct AlgorithmDeleter {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};

// Fetching an algorithm walks OpenSSL's providers (microseconds); one per thread for the thread's life costs it once.
class Md5 {
 public:
  Md5() : algorithm_(EVP_MD_fetch(nullptr, "MD5", nullptr)), context_(EVP_MD_CTX_new()) {}

  void start() { check(algorithm_ && context_ && EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr)); }
  void add(std::string_view bytes) { check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }
  void finish(unsigned char (&digest)[EVP_MAX_MD_SIZE]) { check(EVP_DigestFinal_ex(context_.get(), digest, nullptr)); }

 private:
  static void check(bool done) {
    if (!done) throw StoreError(StoreError::Kind::kOther, "OpenSSL offers no MD5, which the order of a Scan needs");
  }

  std::unique_ptr<EVP_MD, AlgorithmDeleter> algorithm_;
  std::unique_ptr<EVP_MD_CTX, ContextDeleter> context_;
};

void append_escaped(std::string_view bytes, std::string& out) {
  while (true) {
    const void* zero = bytes.empty() ? nullptr : std::memchr(bytes.data(), kEscape, bytes.size());
    if (zero == nullptr) break;
    const size_t through = static_cast<size_t>(static_cast<const char*>(zero) - bytes.data()) + 1;
    out.append(bytes.substr(0, through));
    out.push_back(kEscapedZero);
    bytes.remove_prefix(through);
  }
  out.append(bytes);
}

void append_number(const Number& number, std::string& out) {
  if (number.is_zero()) {
    out.push_back(kZero);
    return;
  }
  const unsigned invert = number.negative ? 0xffU : 0U;
  const auto push = [&out, invert](unsigned byte) { out.push_back(static_cast<char>(byte ^ invert)); };
  out.push_back(number.negative ? kNegative : kPositive);
  push(static_cast<unsigned>(number.exponent + kExponentBias) & 0xffU);
  for (int i = 0; i < number.count; i += 2) {
    const unsigned high = number.digits[i];
    const unsigned low = i + 1 < number.count ? number.digits[i + 1] : 0U;
    push(high * 10 + low + 1);
  }
  push(0);
}

}  // namespace

void append_bucket(const AttributeValue* hash_values, size_t count, std::string& out) {
  thread_local Md5 md5;
  md5.start();
  md5.add(kBucketSalt);
  for (size_t i = 0; i < count; ++i) {
    const AttributeValue& value = hash_values[i];
    if (value.is(AttributeValue::Type::N)) {
      md5.add(hash_bytes(from_canonical(value.bytes())));
    } else {
      md5.add(value.bytes());
    }
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  md5.finish(digest);
  out.append(reinterpret_cast<const char*>(digest), kBucketBytes);
}

void append_key_part(const AttributeValue& value, std::string& out) {
  if (value.is(AttributeValue::Type::N)) {
    append_number(from_canonical(value.bytes()), out);
    return;
  }
  append_escaped(value.bytes(), out);
  out.push_back(kEscape);
  out.push_back(kEnd);
}

void append_key_prefix(const AttributeValue& value, std::string& out) {
  if (value.is(AttributeValue::Type::N)) {
    append_number(from_canonical(value.bytes()), out);
  } else {
    append_escaped(value.bytes(), out);
  }
}

bool next_after_prefix(std::string_view prefix, std::string& out) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.remove_suffix(1);
  if (prefix.empty()) return false;
  out.assign(prefix);
  out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) + 1);
  return true;
}

void segment_bounds(uint32_t segment, uint32_t total, std::string& lower, std::string& upper, bool& has_upper) {
  // A 12-bit bucket is the first byte and a half of the three.
  constexpr uint64_t kBuckets = 4096;
  const auto bound = [total](uint64_t k) { return (kBuckets * k + total - 1) / total; };
  const auto bytes = [](uint64_t bucket) {
    return std::string{static_cast<char>(bucket >> 4), static_cast<char>((bucket & 0xfU) << 4)};
  };
  const uint64_t first = bound(segment);
  const uint64_t end = bound(static_cast<uint64_t>(segment) + 1);
  has_upper = end < kBuckets;
  upper = has_upper ? bytes(end) : std::string();
  if (first < kBuckets) {
    lower = bytes(first);
  } else {
    // More segments than buckets: this one is empty, and so is a range that ends where it begins.
    lower = upper = std::string(1, '\0');
    has_upper = true;
  }
}

}  // namespace stator::persistence
