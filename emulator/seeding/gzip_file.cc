#include "emulator/seeding/gzip_file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "emulator/seeding/seed_error.h"

namespace stator::seeding {
namespace {

constexpr size_t kPackedPiece = 256 << 10;

[[noreturn]] void refuse(const std::string& path) {
  throw SeedError(path, std::string("cannot be written: ") + std::strerror(errno));
}

int create(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) refuse(path);
  return file;
}

void write_all(const std::string& path, int file, const char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t written = write(file, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) refuse(path);
    bytes += written;
    count -= static_cast<size_t>(written);
  }
}

}  // namespace

struct GzipFile::Packer {
  Packer() {
    // Fast: what the level saves in bytes, importing and exporting spend in time.
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
    if (EVP_DigestInit_ex(digest.get(), EVP_md5(), nullptr) != 1) throw std::runtime_error("OpenSSL offers no MD5");
    out.resize(kPackedPiece);
  }
  ~Packer() { deflateEnd(&stream); }

  z_stream stream = {};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  std::string out;
};

GzipFile::GzipFile(std::string path)
    : path_(std::move(path)), file_(create(path_)), packer_(std::make_unique<Packer>()) {}

GzipFile::~GzipFile() {
  if (file_ >= 0) ::close(file_);
}

void GzipFile::pack(std::string_view text, int flush) {
  Packer& p = *packer_;
  p.stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  p.stream.avail_in = static_cast<uInt>(text.size());
  int result = Z_OK;
  do {
    p.stream.next_out = reinterpret_cast<Bytef*>(p.out.data());
    p.stream.avail_out = static_cast<uInt>(p.out.size());
    result = deflate(&p.stream, flush);
    const size_t made = p.out.size() - p.stream.avail_out;
    EVP_DigestUpdate(p.digest.get(), p.out.data(), made);
    write_all(path_, file_, p.out.data(), made);
  } while (p.stream.avail_out == 0 || (flush == Z_FINISH && result != Z_STREAM_END));
}

void GzipFile::write(std::string_view text) {
  pack(text, Z_NO_FLUSH);
}

void GzipFile::close() {
  pack({}, Z_FINISH);
  md5_.resize(16);
  EVP_DigestFinal_ex(packer_->digest.get(), reinterpret_cast<unsigned char*>(md5_.data()), nullptr);
  if (fsync(file_) != 0) refuse(path_);
  const int file = file_;
  file_ = -1;
  if (::close(file) != 0) refuse(path_);
}

void write_file(const std::string& path, std::string_view bytes) {
  const int file = create(path);
  try {
    write_all(path, file, bytes.data(), bytes.size());
    if (fsync(file) != 0) refuse(path);
  } catch (...) {
    ::close(file);
    throw;
  }
  if (::close(file) != 0) refuse(path);
}

std::string md5_of(std::string_view bytes) {
  std::string md5(16, '\0');
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(md5.data()), nullptr, EVP_md5(), nullptr);
  return md5;
}

}  // namespace stator::seeding
