// The values that mapping templates see: Java's, as far as a template can tell them apart, with Java's texts
// ({a=1, b=[2]}, 1.0E10) and the JSON that the service's library writes. Null renders as nothing, which is the
// renderer's business, not the value's.
//
// Lists, maps and objects belong to the Heap of one rendering and die with it, cycles and all; a Value is a small
// handle on them. The Heap counts what is made, and throws TemplateError past its limit or its time. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "protocol/json/json_value.h"

namespace stator::vtl {

// A template that cannot be compiled, or that fails while it runs. `line` counts from 1; 0: not known.
class TemplateError : public std::runtime_error {
 public:
  explicit TemplateError(const std::string& text, int at_line = 0) : std::runtime_error(text), line(at_line) {}
  int line;
};

class Heap;
class Object;
struct List;
struct Map;

class Value {
 public:
  // kBig: a number of more digits than an integer holds, kept as its text.
  enum class Kind : uint8_t { kNull, kBool, kInteger, kDouble, kBig, kString, kList, kMap, kObject };

  Value() = default;
  static Value boolean(bool value);
  static Value integer(int64_t value);
  static Value real(double value);
  static Value list(List* list);
  static Value map(Map* map);
  static Value object(Object* object);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_integer() const { return kind_ == Kind::kInteger; }
  bool is_number() const { return kind_ == Kind::kInteger || kind_ == Kind::kDouble || kind_ == Kind::kBig; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_list() const { return kind_ == Kind::kList; }
  bool is_map() const { return kind_ == Kind::kMap; }
  bool is_object() const { return kind_ == Kind::kObject; }

  bool boolean() const { return integer_ != 0; }
  int64_t integer() const { return integer_; }
  double real() const;  // of any number
  const std::string& string() const { return *text_; }
  List& list() const { return *list_; }
  Map& map() const { return *map_; }
  Object& object() const { return *object_; }

  bool truth() const { return kind_ == Kind::kBool ? boolean() : kind_ != Kind::kNull; }

 private:
  friend class Heap;
  Kind kind_ = Kind::kNull;
  union {
    int64_t integer_ = 0;
    double real_;
    List* list_;
    Map* map_;
    Object* object_;
  };
  std::shared_ptr<const std::string> text_;
};

struct List {
  std::vector<Value> items;
  bool json = false;  // came from JSON: its text is JSON, where a template's own [1, 2] prints as Java's
};

// Keys in the order of their arrival.
struct Map {
  std::vector<std::pair<std::string, Value>> entries;
  // $context's overrides: a name is given once, and again is an error.
  bool write_once = false;
  // A request's headers: a name that is not there as it is spelt is looked for in any case.
  bool ignore_case = false;

  Value* find(std::string_view key);
  void put(std::string_view key, Value value);  // throws TemplateError for a second write to a write-once map
  bool remove(std::string_view key);
  void clear();

 private:
  std::unordered_map<std::string, size_t> index_;  // of maps that are not small
};

// What is neither text nor number nor collection: $input, $util, $foreach, a #define block.
class Object {
 public:
  virtual ~Object() = default;
  // False: there is no such method, and the call is null.
  virtual bool call(Heap& heap, std::string_view method, std::span<const Value> arguments, Value& result);
  virtual Value property(Heap& heap, std::string_view name);
  virtual std::string text() const { return {}; }
};

class Heap {
 public:
  Heap(size_t limit_bytes, std::chrono::milliseconds time)
      : left_(limit_bytes), deadline_(std::chrono::steady_clock::now() + time) {}

  Value text(std::string value);
  Value big(std::string_view digits);
  List* make_list(bool json = false);
  Map* make_map();
  template <typename T, typename... Arguments>
  T* make(Arguments&&... arguments) {
    charge(sizeof(T));
    auto made = std::make_unique<T>(std::forward<Arguments>(arguments)...);
    T* out = made.get();
    objects_.push_back(std::move(made));
    return out;
  }
  void charge(size_t bytes);
  void check_time() const;  // whoever loops calls it now and then
  void append(List& list, Value value);
  void put(Map& map, std::string_view key, Value value);

 private:
  size_t left_;
  std::chrono::steady_clock::time_point deadline_;
  std::vector<std::unique_ptr<List>> lists_;
  std::vector<std::unique_ptr<Map>> maps_;
  std::vector<std::unique_ptr<Object>> objects_;
};

// Java's toString(). Throws TemplateError for what is nested too deeply (a list within itself).
std::string text_of(const Value& value);
// As $input.json writes it.
std::string json_of(const Value& value);
std::string java_double(double value);

Value value_of(const JsonValue& json, Heap& heap);
Value number_of(std::string_view text, Heap& heap);  // "7" an integer, "7.0" a double

// ==, as Velocity compares: numbers by value, things of one kind by what they hold, all else by their texts.
bool equal(const Value& a, const Value& b);

}  // namespace stator::vtl
