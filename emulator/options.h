// The command line and the environment: every setting has a flag and a STATOR_ variable, and the flag wins. DynamoDB
// Local's own single-dash flags are rewritten into ours first, so that its command lines work as they stand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stator {

enum class Command { kServe, kReset, kHealthcheck, kImport, kExport };
enum class LogLevel { kError, kWarn, kInfo, kDebug };

struct Options {
  Command command = Command::kServe;
  std::vector<std::string> hosts;  // empty: loopback of both families
  int port = 8000;
  int threads = 0;
  std::string data = "./.stator";
  bool in_memory = false;
  bool shared = false;
  bool reset = false;
  std::string durability = "normal";
  LogLevel log_level = LogLevel::kInfo;
  std::string dialect = "us-east-1";
  bool serialize_transactions = false;
  int64_t collection_limit = 10LL << 30;
  bool throttle = false;
  uint32_t read_lag_ms = 0;
  uint32_t table_delay_ms = 0;
  std::string cors;  // origins, comma-separated; "*" for any
  std::vector<std::string> allow_hosts;
  std::string tls_cert, tls_key;
  bool tls_self_signed = false;
  std::vector<std::string> api_files;  // SAM, CloudFormation, OpenAPI
  std::vector<std::string> function_files;
  std::vector<std::string> parameters;  // NAME=VALUE
  std::vector<std::string> jwks;        // FILE or ISSUER=FILE
  std::vector<std::string> api_keys;
  std::string iam_credentials;
  std::string iam;  // users, roles and their policies
  bool trust_unverified_tokens = false;
  std::string s3;                        // a folder whose folders are buckets
  std::string seed;                      // a folder to import before the first answer
  std::string account = "000000000000";  // whose tables --seed, import and export mean
  std::string region = "us-east-1";
  std::vector<std::string> import_paths;
  std::string import_table;         // what the files are for, whatever their names say
  std::string existing = "refuse";  // refuse, skip, replace, merge
  std::string export_folder;
  std::vector<std::string> export_tables;  // empty: all
  bool local_mode = false;                 // DynamoDB Local's flags were used: greet and answer as it does
};

// Fills `options`. Returns -1 to go on, or the status to exit with (after --help, --version or a wrong argument, which
// has been told on standard output or error).
int parse_options(int argc, const char* const* argv, Options& options);

// "-inMemory -port 8001" as "--in-memory --port 8001"; `local_mode` says whether any such flag was there.
std::vector<std::string> rewrite_local_flags(const std::vector<std::string>& arguments, bool& local_mode);

}  // namespace stator
