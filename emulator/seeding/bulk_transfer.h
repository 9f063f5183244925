// The files of a bulk put: reads the input's objects, puts their records (bulk_put.h), and writes the report of what
// was not put to the output's bucket, in the manner of an export:
//
//   PREFIX/AWSDynamoDB/ID/error/NAME.json.gz                    lines as bulk_put.h says; only what OutputType asks for
//   PREFIX/AWSDynamoDB/ID/condition-check-failure/NAME.json.gz
//   PREFIX/AWSDynamoDB/ID/manifest-files.json                   a line for each of them: outputType, itemCount,
//                                                               md5Checksum, dataFileS3Key
//   PREFIX/AWSDynamoDB/ID/manifest-summary.json                 the counts; written last
//
// The layout, and the members of a record beside Item, are this server's own: what the developer guide says of them
// (Format and Output of bulk put items) was not at hand. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "emulator/engine.h"
#include "emulator/transfers/transfer.h"

namespace stator::seeding {

// Carries it out, or on from where it was, and sets the status that it comes to, with code and text. `root` is the
// folder of the buckets. Throws Stopped when `stopping` says so: all that was done is noted.
void carry_out_bulk_put(Engine& engine, const std::shared_ptr<Scope>& scope, const std::string& root,
                        Transfer& transfer, const std::function<bool()>& stopping);

}  // namespace stator::seeding
