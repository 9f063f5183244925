#include "emulator/seeding/input_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>

#include "emulator/seeding/seed_error.h"

namespace stator::seeding {
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr std::string_view kGzip = "\x1f\x8b";
constexpr std::string_view kZstd = "\x28\xb5\x2f\xfd";

}  // namespace

class InputFile::Unpacker {
 public:
  virtual ~Unpacker() = default;
  // Unpacks from `in` into `out`, both of which move on. False: damaged.
  virtual bool unpack(std::string_view& in, char*& out, size_t& room) = 0;
  // True between members: the file may end here.
  virtual bool complete() const = 0;
};

class InputFile::Gunzip final : public Unpacker {
 public:
  Gunzip() {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  ~Gunzip() override { inflateEnd(&stream_); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  bool unpack(std::string_view& in, char*& out, size_t& room) override {
    if (complete_ && !in.empty()) {
      if (inflateReset(&stream_) != Z_OK) return false;
      complete_ = false;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    in.remove_prefix(in.size() - stream_.avail_in);
    out += room - stream_.avail_out;
    room = stream_.avail_out;
    if (result == Z_STREAM_END) complete_ = true;
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
  }
  bool complete() const override { return complete_; }

 private:
  z_stream stream_ = {};
  bool complete_ = false;
};

class InputFile::Unzstd final : public Unpacker {
 public:
  Unzstd() : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ~Unzstd() override { ZSTD_freeDStream(stream_); }
  Unzstd(const Unzstd&) = delete;
  Unzstd& operator=(const Unzstd&) = delete;

  bool unpack(std::string_view& in, char*& out, size_t& room) override {
    ZSTD_inBuffer source{in.data(), in.size(), 0};
    ZSTD_outBuffer target{out, room, 0};
    const size_t result = ZSTD_decompressStream(stream_, &target, &source);
    in.remove_prefix(source.pos);
    out += target.pos;
    room -= target.pos;
    if (ZSTD_isError(result) != 0) return false;
    complete_ = result == 0;
    return true;
  }
  bool complete() const override { return complete_; }

 private:
  ZSTD_DStream* stream_;
  bool complete_ = false;
};

InputFile::InputFile(std::string path) : path_(std::move(path)) {
  file_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) throw SeedError(path_, std::string("cannot be read: ") + std::strerror(errno));
  packed_.resize(kPiece);
  packed_.clear();
  try {
    fill();
  } catch (...) {
    close(file_);
    throw;
  }
  if (packed_.starts_with(kGzip)) unpacker_ = std::make_unique<Gunzip>();
  if (packed_.starts_with(kZstd)) unpacker_ = std::make_unique<Unzstd>();
}

InputFile::~InputFile() {
  close(file_);
}

// Reads the next piece of the file; false at its end.
bool InputFile::fill() {
  packed_.resize(kPiece);
  at_ = 0;
  ssize_t got = 0;
  do got = read(file_, packed_.data(), packed_.size());
  while (got < 0 && errno == EINTR);
  if (got < 0) {
    const int error = errno;
    packed_.clear();
    throw SeedError(path_, std::string("cannot be read: ") + std::strerror(error));
  }
  packed_.resize(static_cast<size_t>(got));
  bytes_read_ += static_cast<uint64_t>(got);
  return got > 0;
}

std::string_view InputFile::next() {
  if (unpacker_ == nullptr) {
    if (at_ == packed_.size() && !fill()) return {};
    const std::string_view piece = std::string_view(packed_).substr(at_);
    at_ = packed_.size();
    return piece;
  }
  text_.resize(kPiece);
  char* out = text_.data();
  size_t room = text_.size();
  while (room == text_.size()) {
    const bool at_end = at_ == packed_.size() && !fill();
    std::string_view in = std::string_view(packed_).substr(at_);
    if (at_end && unpacker_->complete()) return {};
    const size_t before = in.size();
    if (!unpacker_->unpack(in, out, room)) throw SeedError(path_, "is damaged: it cannot be unpacked");
    at_ += before - in.size();
    if (at_end && room == text_.size()) throw SeedError(path_, "ends too early: the packed data is incomplete");
  }
  return {text_.data(), text_.size() - room};
}

std::string_view without_packing(std::string_view name) {
  for (std::string_view packing : {".gz", ".zst"})
    if (name.ends_with(packing)) return name.substr(0, name.size() - packing.size());
  return name;
}

}  // namespace stator::seeding
