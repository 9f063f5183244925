// A bump allocator for one request: everything parsed or computed for the request lives here and goes at once.
// Not thread-safe: one arena belongs to one thread at a time. Only trivially destructible things may live in it.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace stator {

class Arena {
 public:
  explicit Arena(size_t first_chunk = 8192) : first_size_(first_chunk) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* allocate(size_t bytes, size_t alignment = alignof(std::max_align_t)) {
    size_t at = (used_ + alignment - 1) & ~(alignment - 1);
    if (at + bytes > size_) return grow(bytes);
    used_ = at + bytes;
    return chunk_ + at;
  }
  template <typename T>
  T* array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
  }
  // A default-constructed array whose elements may be assigned at once.
  template <typename T>
  std::span<T> make(size_t count) {
    T* first = array<T>(count);
    for (size_t i = 0; i < count; ++i) new (first + i) T();
    return {first, count};
  }
  // A copy of `source` that lives as long as the arena.
  template <typename T>
  std::span<const T> copy(std::span<const T> source) {
    static_assert(std::is_trivially_copyable_v<T>);
    T* first = array<T>(source.size());
    if (!source.empty()) std::memcpy(static_cast<void*>(first), source.data(), source.size_bytes());
    return {first, source.size()};
  }
  std::string_view copy(std::string_view text) {
    char* first = array<char>(text.size());
    if (!text.empty()) std::memcpy(first, text.data(), text.size());
    return {first, text.size()};
  }
  // Forgets everything and keeps the first chunk, so that a thread can serve the next request without a malloc.
  void reset();
  size_t bytes_reserved() const;

 private:
  void* grow(size_t bytes);

  size_t first_size_;
  std::vector<std::pair<std::unique_ptr<char[]>, size_t>> chunks_;
  char* chunk_ = nullptr;
  size_t used_ = 0;
  size_t size_ = 0;
};

}  // namespace stator
