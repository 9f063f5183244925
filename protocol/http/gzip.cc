#include "protocol/http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace stator::http {
namespace {
constexpr int kDeflateWindow = 15;    // zlib's way to say: its own framing only
constexpr int kGzipWindow = 15 + 16;  // and this: gzip's only

Bytef* bytes_of(std::string_view text) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
}
}  // namespace

struct Gzip::Streams {
  z_stream in{};
  z_stream out{};
  bool in_ready = false;
  bool out_ready = false;

  ~Streams() {
    if (in_ready) inflateEnd(&in);
    if (out_ready) deflateEnd(&out);
  }
};

Gzip::Gzip(Framing framing) : window_(framing == Framing::kGzip ? kGzipWindow : kDeflateWindow) {}
Gzip::~Gzip() = default;

void Gzip::release() {
  streams_.reset();
}

Gzip::Inflated Gzip::inflate(std::string_view bytes, size_t limit, std::string& out) {
  if (!streams_) streams_ = std::make_unique<Streams>();
  z_stream& z = streams_->in;
  if (!streams_->in_ready) {
    if (inflateInit2(&z, window_) != Z_OK) throw std::bad_alloc();
    streams_->in_ready = true;
  } else {
    inflateReset(&z);
  }
  z.next_in = bytes_of(bytes);
  z.avail_in = static_cast<uInt>(bytes.size());
  out.clear();
  size_t written = 0;
  for (;;) {
    // One byte over the limit tells "too large" from "just fits".
    if (written == out.size())
      out.resize(std::min(limit + 1, std::max<size_t>(out.size() * 2, bytes.size() * 4 + 256)));
    z.next_out = reinterpret_cast<Bytef*>(out.data() + written);
    z.avail_out = static_cast<uInt>(out.size() - written);
    int result = ::inflate(&z, Z_NO_FLUSH);
    written = out.size() - z.avail_out;
    if (written > limit) return Inflated::kTooLarge;
    if (result == Z_STREAM_END) {
      if (z.avail_in == 0) break;
      inflateReset(&z);
    } else if (result != Z_OK) {
      return Inflated::kMalformed;  // Z_BUF_ERROR too: there was room, so the input is cut off
    } else if (z.avail_in == 0 && z.avail_out != 0) {
      return Inflated::kMalformed;
    }
  }
  out.resize(written);
  return Inflated::kDone;
}

void Gzip::deflate(std::string_view bytes, std::string& out) {
  if (!streams_) streams_ = std::make_unique<Streams>();
  z_stream& z = streams_->out;
  if (!streams_->out_ready) {
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, window_, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
    streams_->out_ready = true;
  } else {
    deflateReset(&z);
  }
  out.resize(deflateBound(&z, static_cast<uLong>(bytes.size())));
  z.next_in = bytes_of(bytes);
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  ::deflate(&z, Z_FINISH);
  out.resize(out.size() - z.avail_out);
}

}  // namespace stator::http
