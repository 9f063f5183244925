// What the store costs, in microseconds of processor time a deed, over a table of 1 KB items with the keys people have:
// reads, writes as the engine makes them (get, then put), writes in groups, an index beside, pages, counts and the key
// itself.
//   bench_store [items = 10000] [folder = none: in memory only]
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "persistence/key_encoding.h"
#include "persistence/store.h"

namespace {

using namespace stator;
using namespace stator::persistence;

double cpu_microseconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

template <typename Deed>
void measure(const char* name, size_t deeds, const Deed& deed) {
  const double start = cpu_microseconds();
  for (size_t i = 0; i < deeds; ++i) deed(i);
  settle();
  std::printf("  %-28s %8.2f\n", name, (cpu_microseconds() - start) / static_cast<double>(deeds));
  std::fflush(stdout);
}

int64_t resident_kb() {
  FILE* file = std::fopen("/proc/self/statm", "r");
  long pages = 0, resident = 0;
  const int read = file == nullptr ? 0 : std::fscanf(file, "%ld %ld", &pages, &resident);
  if (file != nullptr) std::fclose(file);
  return read == 2 ? resident * (sysconf(_SC_PAGESIZE) / 1024) : 0;
}

void run(const std::string& folder, size_t items) {
  std::printf("%s, %zu items of 1 KB\n", folder.empty() ? "in memory" : "on file", items);
  StoresOptions options;
  options.folder = folder;
  const double start = cpu_microseconds();
  const auto stores = open_stores(options);
  const auto store = stores->create({"000000000000", "local", ""});
  std::printf("  %-28s %8.2f\n", "open", cpu_microseconds() - start);
  SpaceId table = 0, index = 0;
  {
    const auto write = store->write();
    table = write->new_space();
    index = write->new_space();
    write->commit();
    settle();
  }
  std::mt19937 random(1);
  std::vector<std::string> names(items), keys(items);
  for (size_t i = 0; i < items; ++i) names[i] = "user#" + std::to_string(1000000000U + random() % 1000000000U);
  const std::string sort = "order#0001";
  measure("key (bucket, hash, sort)", items, [&](size_t i) {
    const AttributeValue hash = AttributeValue::string(names[i]);
    append_bucket(hash, keys[i]);
    append_key_part(hash, keys[i]);
    append_key_part(AttributeValue::string(sort), keys[i]);
  });
  std::string body(1024, 'b');
  const auto put = [&](SpaceId space, const std::string& key, const std::string& bytes) {
    const auto write = store->write();
    RowView row;
    write->get(space, key, row);
    write->put(space, key, static_cast<uint32_t>(bytes.size()), bytes);
    write->commit();
  };
  const int64_t before = resident_kb();
  measure("insert, groups of 32", items, [&](size_t i) {
    put(table, keys[i], body);
    if (i % 32 == 31) settle();
  });
  std::printf("  %-28s %8.2f\n", "resident KB an item",
              static_cast<double>(resident_kb() - before) / static_cast<double>(items));
  std::shuffle(keys.begin(), keys.end(), random);
  const auto change = [&](size_t i) {
    ++body[500];
    put(table, keys[i], body);
  };
  measure("replace, groups of 32", items, [&](size_t i) {
    change(i);
    if (i % 32 == 31) settle();
  });
  measure("replace, alone", std::min<size_t>(items, 20000), [&](size_t i) {
    change(i);
    settle();
  });
  measure("failed condition, alone", items, [&](size_t i) {
    {
      const auto write = store->write();
      RowView row;
      write->get(table, keys[i], row);
    }
    settle();
  });
  const std::string entry(60, 'e');
  measure("index entry, groups of 32", items, [&](size_t i) {
    const auto write = store->write();
    write->put(index, keys[i], 60, entry);
    write->commit();
    if (i % 32 == 31) settle();
  });
  size_t sum = 0;
  measure("get", items, [&](size_t i) {
    const auto read = store->read();
    RowView row;
    if (read->get(table, keys[i], row)) sum += row.body.size();
  });
  measure("get, none there", items, [&](size_t i) {
    const auto read = store->read();
    RowView row;
    if (read->get(index + 1, keys[i], row)) ++sum;
  });
  {
    const auto read = store->read();
    auto cursor = read->scan(table, {});
    RowView row;
    measure("row of a page", items, [&](size_t) {
      if (cursor->next(row)) sum += row.body.size();
    });
    cursor = read->scan(index, {});
    measure("row of a page, 60 bytes", items, [&](size_t) {
      if (cursor->next(row)) sum += row.body.size();
    });
  }
  measure("counts", items, [&](size_t) { sum += static_cast<size_t>(store->read()->counts(table).rows); });
  if (sum == 0) std::printf("nothing was read\n");
}

}  // namespace

int main(int argc, char** argv) {
  const size_t items = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10000;
  run("", items);
  if (argc > 2) {
    const std::string folder = std::string(argv[2]) + "/stator-bench-" + std::to_string(getpid());
    run(folder, items);
    std::filesystem::remove_all(folder);
  }
}
