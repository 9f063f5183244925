// The transactions that go through the writer's session: WritePart, one request's part of a group, and OwnReads,
// reading on a thread whose group is open, or in memory. Both exist under the store's WriterLock.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "persistence/sqlite_store.h"

namespace stator::persistence {

class OwnReads final : public ReadTransaction {
 public:
  // Takes over one hold of the store's lock when `unlock`.
  OwnReads(std::shared_ptr<SqliteStore> store, std::shared_ptr<Generation> generation, bool unlock);
  ~OwnReads() override;

  bool get(SpaceId space, std::string_view key, RowView& row) override;
  std::unique_ptr<Cursor> scan(SpaceId space, const KeyRange& range) override;
  void walk(SpaceId space, const KeyRange& range, const RowVisitor& visit) override;
  SpaceCounts counts(SpaceId space) override;
  std::optional<std::string> document(std::string_view kind, std::string_view id) override;
  std::vector<std::pair<std::string, std::string>> documents(std::string_view kind, std::string_view after,
                                                             size_t limit) override;

 private:
  std::shared_ptr<SqliteStore> store_;
  std::shared_ptr<Generation> generation_;
  Session& session_;
  const bool unlock_;
  std::optional<Rows::Found> in_view_;
};

class WritePart final : public WriteTransaction {
 public:
  // Takes over one hold of the store's lock when `unlock`.
  WritePart(std::shared_ptr<SqliteStore> store, std::shared_ptr<Generation> generation, bool unlock);
  ~WritePart() override;

  bool get(SpaceId space, std::string_view key, RowView& row) override;
  std::unique_ptr<Cursor> scan(SpaceId space, const KeyRange& range) override;
  SpaceCounts counts(SpaceId space) override;
  std::optional<std::string> document(std::string_view kind, std::string_view id) override;
  std::vector<std::pair<std::string, std::string>> documents(std::string_view kind, std::string_view after,
                                                             size_t limit) override;

  void put(SpaceId space, std::string_view key, uint32_t size, std::string_view body) override;
  bool erase(SpaceId space, std::string_view key) override;
  SpaceId new_space() override;
  void drop_space(SpaceId space) override;
  void put_document(std::string_view kind, std::string_view id, std::string_view bytes) override;
  bool erase_document(std::string_view kind, std::string_view id) override;
  int64_t next_sequence(std::string_view name, int64_t at_least) override;
  void commit() override;

 private:
  // What the latest get() saw. A put or erase of the same key, which nearly always follows, need not look again.
  bool remembers(SpaceId space, std::string_view key) const {
    return remembered_ && seen_space_ == space && seen_key_ == key;
  }
  void look(SpaceId space, std::string_view key);
  void forget();
  void replace_seen(SpaceId space, std::string_view key, uint32_t size, std::string_view body);
  template <typename Change>
  auto change(const Change& deed);
  // The end of the transaction, by commit() or by the destructor; what comes after is a mistake and is told so.
  void end() noexcept;
  Session& session() const;

  std::shared_ptr<SqliteStore> store_;
  std::shared_ptr<Generation> generation_;
  Session* session_;  // null after the end
  const bool unlock_;
  std::unique_ptr<UndoLog> undo_;

  bool remembered_ = false;
  SpaceId seen_space_ = 0;
  std::string seen_key_;
  std::optional<Rows::Found> seen_;  // none: the row is absent
};

}  // namespace stator::persistence
