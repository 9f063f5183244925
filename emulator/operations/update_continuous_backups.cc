#include "emulator/backup/copy_job.h"
#include "emulator/backup/history.h"
#include "emulator/backup/recovery.h"
#include "emulator/maintenance.h"
#include "emulator/operations.h"

namespace stator::operations {

void update_continuous_backups(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  const JsonValue& specification = *context.find("PointInTimeRecoverySpecification");
  const JsonValue* enabled = specification.find("PointInTimeRecoveryEnabled");
  const JsonValue* days = specification.find("RecoveryPeriodInDays");
  const bool enable = enabled != nullptr && enabled->boolean();
  if (!enable && days != nullptr)
    throw errors::invalid_parameter(
        "RecoveryPeriodInDays can only be specified when PointInTimeRecoveryEnabled is true");
  auto [scope, transaction, table] = change_table(context, name, errors::table_not_found_exception(name));
  if (table->state == State::kCreating || table->state == State::kDeleting)
    throw errors::continuous_backups_unavailable(name);
  Table changed = *table;
  if (enable) {
    if (!changed.recovery.enabled) changed.recovery.since_ms = context.now_ms();
    changed.recovery.enabled = true;
    changed.recovery.days = days != nullptr ? integer_value(*days) : PointInTimeRecovery().days;
    begin_history(changed, *transaction);
    transaction->put_document(kWorkDocument, history_work(name), {});
  } else {
    changed.recovery = {};
    end_history(changed, copies_from(changed.space, *transaction), *transaction);
    transaction->erase_document(kWorkDocument, history_work(name));
  }
  TablePtr published = scope.catalog.publish(std::move(changed), *transaction);
  transaction->commit();
  transaction.reset();
  context.engine.tell_work(scope);
  JsonWriter w(context.out);
  write_continuous_backups(w, *published, context.now_ms());
}

}  // namespace stator::operations
