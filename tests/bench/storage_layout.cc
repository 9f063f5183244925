// Which layout should rows have? Plain SQLite, so that layouts can be compared that the store does not have:
//   tree P      everything in one WITHOUT ROWID table, page size P
//   unique P    a rowid table with UNIQUE(space, key)
//   split P T   what the store does: WITHOUT ROWID rows, bodies longer than T in a rowid table
// over items of 0.1 to 400 KB, in memory and on file. Prints, per layout and size: bytes held per byte of item, and
// microseconds of processor time for a write (on file in groups of 32), a change of one byte in groups of 32 and alone,
// a read, and a row of a scan that looks at every cache line of the bodies.
//   bench_storage_layout [megabytes per case = 16] [most items per case = 50000] [folder = /tmp] [sizes ...]
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

enum class Kind { kTree, kUnique, kSplit };
struct Layout {
  Kind kind;
  int page;
  size_t threshold;
  std::string name() const {
    static const char* const kNames[] = {"tree", "unique", "split"};
    std::string text = std::string(kNames[static_cast<int>(kind)]) + " " + std::to_string(page);
    if (kind == Kind::kSplit) text += " " + std::to_string(threshold);
    return text;
  }
};

class Table {
 public:
  Table(const std::string& path, const Layout& layout) : layout_(layout), on_file_(!path.empty()) {
    if (sqlite3_open_v2(on_file_ ? path.c_str() : ":memory:", &db_,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) {
      throw std::runtime_error("cannot open " + path);
    }
    run("PRAGMA page_size=" + std::to_string(layout.page));
    run(on_file_ ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=OFF");
    run("PRAGMA synchronous=NORMAL");
    run("PRAGMA cache_size=-4096");
    run("PRAGMA temp_store=MEMORY");
    run("PRAGMA wal_autocheckpoint=" + std::to_string(8 * 1024 * 1024 / layout.page));
    const std::string columns = "(space INTEGER NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL, body NOT NULL, ";
    if (layout.kind == Kind::kUnique) {
      run("CREATE TABLE rows" + columns + "UNIQUE(space, key))");
    } else {
      run("CREATE TABLE rows" + columns + "PRIMARY KEY(space, key)) WITHOUT ROWID");
    }
    run("CREATE TABLE bodies(id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
    const bool split = layout.kind == Kind::kSplit;
    insert_ = prepare("INSERT INTO rows VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
    insert_body_ = prepare("INSERT INTO bodies(body) VALUES(?1)");
    update_ = prepare("UPDATE rows SET size = ?3, body = ?4 WHERE space = ?1 AND key = ?2");
    update_size_ = prepare("UPDATE rows SET size = ?3 WHERE space = ?1 AND key = ?2");
    update_body_ = prepare("UPDATE bodies SET body = ?2 WHERE id = ?1");
    const std::string from =
        split ? ", b.body, r.key FROM rows r LEFT JOIN bodies b ON b.id = r.body " : ", NULL, r.key FROM rows r ";
    find_ = prepare("SELECT r.size, r.body" + from + "WHERE r.space = ?1 AND r.key = ?2");
    scan_ = prepare("SELECT r.size, r.body" + from + "WHERE r.space = ?1 ORDER BY r.key");
    begin_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
    if (!on_file_) begin();  // for ever: session.cc says why
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }

  void begin() { done(begin_); }
  void commit() { done(commit_); }
  void insert(const std::string& key, const std::string& body) {
    if (is_long(body)) {
      sqlite3_bind_blob64(insert_body_, 1, body.data(), body.size(), SQLITE_STATIC);
      done(insert_body_);
      sqlite3_bind_int64(insert_, 4, sqlite3_last_insert_rowid(db_));
    } else {
      sqlite3_bind_blob64(insert_, 4, body.data(), body.size(), SQLITE_STATIC);
    }
    bind_key(insert_, key);
    sqlite3_bind_int64(insert_, 3, static_cast<int64_t>(body.size()));
    done(insert_);
  }
  void update(const std::string& key, const std::string& body) {
    bind_key(find_, key);
    sqlite3_step(find_);
    const int64_t id = sqlite3_column_int64(find_, 1);
    sqlite3_reset(find_);
    sqlite3_stmt* row = is_long(body) ? update_size_ : update_;
    if (is_long(body)) {
      sqlite3_bind_int64(update_body_, 1, id);
      sqlite3_bind_blob64(update_body_, 2, body.data(), body.size(), SQLITE_STATIC);
      done(update_body_);
    } else {
      sqlite3_bind_blob64(update_, 4, body.data(), body.size(), SQLITE_STATIC);
    }
    bind_key(row, key);
    sqlite3_bind_int64(row, 3, static_cast<int64_t>(body.size()));
    done(row);
  }
  size_t read(const std::string& key) {
    if (on_file_) sqlite3_exec(db_, "BEGIN", nullptr, nullptr, nullptr);
    bind_key(find_, key);
    if (sqlite3_step(find_) != SQLITE_ROW) throw std::runtime_error("a row is missing");
    const size_t sum = touch(find_);
    sqlite3_reset(find_);
    if (on_file_) sqlite3_exec(db_, "COMMIT", nullptr, nullptr, nullptr);
    return sum;
  }
  size_t scan() {
    sqlite3_bind_int64(scan_, 1, 1);
    size_t sum = 0;
    while (sqlite3_step(scan_) == SQLITE_ROW) sum += touch(scan_);
    sqlite3_reset(scan_);
    return sum;
  }
  int64_t bytes() {
    if (!on_file_) {
      int used = 0, highest = 0;
      sqlite3_db_status(db_, SQLITE_DBSTATUS_CACHE_USED, &used, &highest, 0);
      return used;
    }
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite3_stmt* pages = prepare("PRAGMA page_count");
    sqlite3_step(pages);
    const int64_t count = sqlite3_column_int64(pages, 0);
    sqlite3_reset(pages);
    return count * layout_.page;
  }

 private:
  bool is_long(const std::string& body) const {
    return layout_.kind == Kind::kSplit && body.size() > layout_.threshold;
  }
  // What a filter would do: look at the bytes, one in a cache line.
  static size_t touch(sqlite3_stmt* statement) {
    const int column = sqlite3_column_type(statement, 1) == SQLITE_INTEGER ? 2 : 1;
    const auto* body = static_cast<const unsigned char*>(sqlite3_column_blob(statement, column));
    const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
    size_t sum = size;
    for (size_t i = 0; i < size; i += 64) sum += body[i] & 1U;
    return sum;
  }
  static void bind_key(sqlite3_stmt* statement, const std::string& key) {
    sqlite3_bind_int64(statement, 1, 1);
    sqlite3_bind_blob64(statement, 2, key.data(), key.size(), SQLITE_STATIC);
  }
  void done(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db_));
    sqlite3_reset(statement);
  }
  void run(const std::string& sql) {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(db_));
    }
  }
  sqlite3_stmt* prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(db_));
    }
    statements_.push_back(statement);
    return statement;
  }

  Layout layout_;
  bool on_file_;
  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
  sqlite3_stmt *insert_, *insert_body_, *update_, *update_size_, *update_body_, *find_, *scan_, *begin_, *commit_;
};

// Processor time, the kernel's included: others on the machine do not disturb it, and waiting for a disk does not
// count.
double cpu_microseconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double microseconds(size_t deeds, const std::function<void()>& all) {
  const double start = cpu_microseconds();
  all();
  return (cpu_microseconds() - start) / static_cast<double>(deeds);
}

void measure(const Layout& layout, size_t size, size_t megabytes, size_t most, const std::string& folder) {
  const size_t count = std::clamp<size_t>(megabytes * 1024 * 1024 / size, 64, most);
  std::mt19937 random(1);
  std::vector<std::string> keys(count);
  for (std::string& key : keys) {  // three bucket bytes, then a hash and a sort key as people have them
    key = {static_cast<char>(random()), static_cast<char>(random()), static_cast<char>(random())};
    key += "user#" + std::to_string(1000000000U + random() % 1000000000U) + std::string("\0\1", 2) + "order#0001";
  }
  std::string body(size, 'b');
  std::vector<std::string> shuffled = keys;
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  const std::string path = folder.empty() ? "" : folder + "/stator-layout-" + std::to_string(getpid()) + ".db";
  {
    Table table(path, layout);
    const auto grouped = [&](const std::vector<std::string>& order, size_t group, const auto& deed) {
      return microseconds(order.size(), [&] {
        size_t in_group = 0;
        for (const std::string& key : order) {
          if (!path.empty() && in_group == 0) table.begin();
          deed(key);
          if (!path.empty() && ++in_group == group) {
            table.commit();
            in_group = 0;
          }
        }
        if (in_group != 0) table.commit();
      });
    };
    const double write = grouped(keys, 32, [&](const std::string& key) { table.insert(key, body); });
    const double held = static_cast<double>(table.bytes()) / static_cast<double>(size * count);
    const auto change = [&](const std::string& key) {
      ++body[size / 2];  // SQLite writes no page whose bytes stay the same
      table.update(key, body);
    };
    const double update = grouped(shuffled, 32, change);
    const double alone = grouped(shuffled, 1, change);
    size_t sum = 0;
    const double read = microseconds(count, [&] {
      for (const std::string& key : shuffled) sum += table.read(key);
    });
    const double scan = microseconds(count, [&] { sum += table.scan(); });
    std::printf("%-7s %-16s %7zu %6.2f %8.2f %8.2f %8.2f %8.2f %8.2f%s\n", path.empty() ? "memory" : "file",
                layout.name().c_str(), size, held, write, update, alone, read, scan, sum == 0 ? "?" : "");
    std::fflush(stdout);
  }
  if (!path.empty()) {
    for (const char* end : {"", "-wal", "-shm"}) unlink((path + end).c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const size_t megabytes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 16;
  const size_t most = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 50000;
  const std::string folder = argc > 3 ? argv[3] : "/tmp";
  std::vector<size_t> sizes;
  for (int i = 4; i < argc; ++i) sizes.push_back(std::strtoul(argv[i], nullptr, 10));
  if (sizes.empty()) sizes = {100, 300, 600, 1024, 3072, 5120, 9216, 20480, 102400, 409600};
  const std::vector<Layout> layouts = {
      {Kind::kTree, 4096, 0},     {Kind::kTree, 16384, 0},   {Kind::kUnique, 4096, 0},   {Kind::kUnique, 8192, 0},
      {Kind::kUnique, 16384, 0},  {Kind::kSplit, 4096, 200}, {Kind::kSplit, 4096, 800},  {Kind::kSplit, 8192, 200},
      {Kind::kSplit, 8192, 400},  {Kind::kSplit, 8192, 800}, {Kind::kSplit, 8192, 1600}, {Kind::kSplit, 16384, 400},
      {Kind::kSplit, 16384, 3000}};
  std::printf("%-7s %-16s %7s %6s %8s %8s %8s %8s %8s\n", "where", "layout", "size", "held", "write", "update", "alone",
              "read", "scan");
  for (const std::string& where : {std::string(), folder}) {
    for (const size_t size : sizes) {
      for (const Layout& layout : layouts) measure(layout, size, megabytes, most, where);
    }
  }
}
