// The expression language by stages: parsing cold and from the cache, resolving, filtering, updating, projecting.
#include <benchmark/benchmark.h>

#include <string>

#include "emulator/expressions/compiler.h"
#include "emulator/expressions/key_condition.h"
#include "protocol/json/item_codec.h"

namespace {

using namespace stator;
using namespace stator::expressions;

constexpr std::string_view kFilter =
    "#status = :status AND price BETWEEN :low AND :high AND (contains(tags, :tag) OR begins_with(title, :prefix))";
constexpr std::string_view kUpdate =
    "SET price = price + :one, details.seen = if_not_exists(details.seen, :zero) + :one, updated = :now REMOVE draft";
constexpr std::string_view kProjection = "id, #status, details.author, history[0]";
constexpr std::string_view kItem =
    R"({"details":{"M":{"author":{"S":"somebody"},"seen":{"N":"12"}}},"history":{"L":[{"S":"a"},{"S":"b"}]},"id":{"S":"item-000001"},)"
    R"("price":{"N":"42"},"status":{"S":"open"},"tags":{"SS":["blue","green","red"]},"text":{"S":")";
constexpr std::string_view kValues =
    R"({":high":{"N":"100"},":low":{"N":"1"},":prefix":{"S":"The "},":status":{"S":"open"},":tag":{"S":"red"}})";
constexpr std::string_view kUpdateValues = R"({":now":{"N":"1767225600"},":one":{"N":"1"},":zero":{"N":"0"}})";
const NamePlaceholder kNames[] = {{"#status", "status"}};

std::string stored_item() {
  return std::string(kItem) + std::string(600, 'x') + R"("},"title":{"S":"The title"}})";
}

class StoredRow final : public AttributeSource {
 public:
  StoredRow(std::string_view stored, Arena& arena) : stored_(stored), arena_(arena) {}
  const AttributeValue* find(std::string_view name) override { return decode_attribute(stored_, name, arena_); }

 private:
  std::string_view stored_;
  Arena& arena_;
};

void parse_filter(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse(ExpressionKind::FilterExpression, kFilter));
}
BENCHMARK(parse_filter);

void cached_filter(benchmark::State& state) {
  SyntaxCache cache;
  for (auto _ : state) benchmark::DoNotOptimize(cache.get(ExpressionKind::FilterExpression, kFilter));
}
BENCHMARK(cached_filter);

void compile_filter_cached(benchmark::State& state) {
  SyntaxCache cache;
  Arena lasting;
  Item values = decode_item(kValues, lasting);
  Arena arena;
  for (auto _ : state) {
    arena.reset();
    Compiler compiler(cache, arena, kNames, values);
    benchmark::DoNotOptimize(compiler.condition(ExpressionKind::FilterExpression, kFilter));
    compiler.check_unused();
  }
}
BENCHMARK(compile_filter_cached);

void compile_simple_condition_cached(benchmark::State& state) {
  SyntaxCache cache;
  Arena arena;
  for (auto _ : state) {
    arena.reset();
    Compiler compiler(cache, arena, {}, Item());
    benchmark::DoNotOptimize(compiler.condition(ExpressionKind::ConditionExpression, "attribute_not_exists(pk)"));
    compiler.check_unused();
  }
}
BENCHMARK(compile_simple_condition_cached);

void filter_decoded_item(benchmark::State& state) {
  SyntaxCache cache;
  Arena arena;
  Item values = decode_item(kValues, arena);
  Condition filter = Compiler(cache, arena, kNames, values).condition(ExpressionKind::FilterExpression, kFilter);
  std::string stored = stored_item();
  Item item = decode_item(stored, arena);
  for (auto _ : state) benchmark::DoNotOptimize(filter.holds(item));
}
BENCHMARK(filter_decoded_item);

void filter_stored_row(benchmark::State& state) {
  SyntaxCache cache;
  Arena arena;
  Item values = decode_item(kValues, arena);
  Condition filter = Compiler(cache, arena, kNames, values).condition(ExpressionKind::FilterExpression, kFilter);
  std::string stored = stored_item();
  Arena row_arena;
  for (auto _ : state) {
    row_arena.reset();
    StoredRow row(stored, row_arena);
    benchmark::DoNotOptimize(filter.holds(row));
  }
}
BENCHMARK(filter_stored_row);

void update_item(benchmark::State& state) {
  SyntaxCache cache;
  Arena lasting;
  Item values = decode_item(kUpdateValues, lasting);
  std::string stored = stored_item();
  Item item = decode_item(stored, lasting);
  Arena arena;
  for (auto _ : state) {
    arena.reset();
    Update update = Compiler(cache, arena, {}, values).update(kUpdate);
    benchmark::DoNotOptimize(update.apply(item, arena));
  }
}
BENCHMARK(update_item);

void apply_update(benchmark::State& state) {
  SyntaxCache cache;
  Arena lasting;
  Item values = decode_item(kUpdateValues, lasting);
  std::string stored = stored_item();
  Item item = decode_item(stored, lasting);
  Update update = Compiler(cache, lasting, {}, values).update(kUpdate);
  Arena arena;
  for (auto _ : state) {
    arena.reset();
    benchmark::DoNotOptimize(update.apply(item, arena));
  }
}
BENCHMARK(apply_update);

void project_item(benchmark::State& state) {
  SyntaxCache cache;
  Arena lasting;
  std::string stored = stored_item();
  Item item = decode_item(stored, lasting);
  Projection projection = Compiler(cache, lasting, kNames, Item()).projection(kProjection);
  Arena arena;
  for (auto _ : state) {
    arena.reset();
    benchmark::DoNotOptimize(projection.apply(item, arena));
  }
}
BENCHMARK(project_item);

}  // namespace

BENCHMARK_MAIN();
