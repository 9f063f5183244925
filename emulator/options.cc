#include "emulator/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <map>

#include "protocol/shapes/signature.h"

namespace stator {
namespace {

const std::map<std::string, LogLevel> kLogLevels = {
    {"error", LogLevel::kError}, {"warn", LogLevel::kWarn}, {"info", LogLevel::kInfo}, {"debug", LogLevel::kDebug}};

void add_data_options(CLI::App& app, Options& o) {
  app.add_option("--data", o.data, "Folder of the SQLite files")->envname("STATOR_DATA")->capture_default_str();
}

void add_owner_options(CLI::App& app, Options& o, const std::string& prefix, const std::string& variable) {
  app.add_option("--" + prefix + "region", o.region, "Region whose tables are meant")
      ->envname("STATOR_" + variable + "REGION")
      ->check([](const std::string& text) {
        return is_region(text) ? std::string() : "a region is letters, digits, - and _";
      })
      ->capture_default_str();
  app.add_option("--" + prefix + "account", o.account, "Account whose tables are meant: 12 digits")
      ->envname("STATOR_" + variable + "ACCOUNT")
      ->check([](const std::string& text) {
        const bool digits = text.size() == 12 && text.find_first_not_of("0123456789") == std::string::npos;
        return digits ? std::string() : "an account is 12 digits";
      })
      ->capture_default_str();
}

void add_shared_option(CLI::App& app, Options& o) {
  app.add_flag("--shared", o.shared, "One database for every account and region")->envname("STATOR_SHARED");
}

void add_durability_option(CLI::App& app, Options& o) {
  app.add_option(
         "--durability", o.durability,
         "normal: an answered write survives a crash of the server; full: of the machine too; off: neither is promised")
      ->envname("STATOR_DURABILITY")
      ->check(CLI::IsMember({"normal", "full", "off"}))
      ->capture_default_str();
}

void add_import_options(CLI::App& app, Options& o) {
  app.add_option(
         "PATH", o.import_paths,
         "Seed folders, exports (AWSDynamoDB/...), data files (.jsonl, .ndjson, .json, .csv, .tsv, also .gz and "
         ".zst), templates and other definitions of tables")
      ->required();
  add_data_options(app, o);
  add_shared_option(app, o);
  add_owner_options(app, o, "", "");
  app.add_option("--table", o.import_table, "The table that the files are for (default: their names say it)");
  app.add_option("--existing", o.existing,
                 "A table that has items already: refuse it, skip it, replace all of it, or merge (put new items over "
                 "those that are there)")
      ->check(CLI::IsMember({"refuse", "skip", "replace", "merge"}))
      ->capture_default_str();
  app.add_option("--parameter", o.parameters, "A template's parameter, NAME=VALUE; repeatable")
      ->allow_extra_args(false);  // what follows is a PATH
  add_durability_option(app, o);
}

void add_export_options(CLI::App& app, Options& o) {
  app.add_option("DIR", o.export_folder, "Folder to export to; what `import` and --seed take")->required();
  add_data_options(app, o);
  add_shared_option(app, o);
  add_owner_options(app, o, "", "");
  app.add_option("--table", o.export_tables, "A table to export; repeatable (default: all)")->allow_extra_args(false);
}

void add_address_options(CLI::App& app, Options& o) {
  app.add_option("--host", o.hosts, "Address to listen on; repeatable (default: loopback, 127.0.0.1 and ::1)")
      ->envname("STATOR_HOST")
      ->delimiter(',');
  app.add_option("--port", o.port, "Port to listen on; 0 takes a free one")
      ->envname("STATOR_PORT")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
}

void add_serve_options(CLI::App& app, Options& o) {
  add_address_options(app, o);
  add_data_options(app, o);
  app.add_flag("--in-memory", o.in_memory, "Keep everything in memory; nothing is written")
      ->envname("STATOR_IN_MEMORY");
  add_shared_option(app, o);
  app.add_flag("--reset", o.reset, "Start empty: delete this server's own files in the data folder first")
      ->envname("STATOR_RESET");
  add_durability_option(app, o);
  app.add_option("--log-level", o.log_level, "error, warn, info or debug (a line for each request)")
      ->envname("STATOR_LOG_LEVEL")
      ->transform(CLI::CheckedTransformer(kLogLevels))
      ->default_str("info");
  app.add_option("--dialect", o.dialect,
                 "Wording of validation errors: old, new, or a region's (AWS is changing it region by region)")
      ->envname("STATOR_DIALECT")
      ->capture_default_str();
  app.add_option("--threads", o.threads, "I/O threads; 0 is one a core")
      ->envname("STATOR_THREADS")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  app.add_flag("--serialize-transactions", o.serialize_transactions,
               "Transactions on the same items wait for each other instead of failing with TransactionConflict")
      ->envname("STATOR_SERIALIZE_TRANSACTIONS");
  app.add_option("--collection-limit", o.collection_limit, "Bytes of one item collection of a table with local indexes")
      ->envname("STATOR_COLLECTION_LIMIT")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 50))
      ->capture_default_str();
  app.add_flag("--throttle", o.throttle, "Refuse what exceeds the provisioned capacity of tables and indexes")
      ->envname("STATOR_THROTTLE");
  app.add_option("--read-lag", o.read_lag_ms,
                 "Milliseconds by which reads without ConsistentRead, and global indexes, are behind")
      ->envname("STATOR_READ_LAG")
      ->check(CLI::Range(0u, 86'400'000u))
      ->capture_default_str();
  app.add_option("--table-delay", o.table_delay_ms,
                 "Milliseconds that tables and indexes take to be created, updated and deleted")
      ->envname("STATOR_TABLE_DELAY")
      ->check(CLI::Range(0u, 86'400'000u))
      ->capture_default_str();
  app.add_option("--cors", o.cors, "Origins of web pages that may call DynamoDB, comma-separated; * is any")
      ->envname("STATOR_CORS");
  app.add_option("--allow-host", o.allow_hosts, "Host names, besides local ones, that requests may carry; repeatable")
      ->envname("STATOR_ALLOW_HOST")
      ->delimiter(',');
  app.add_option("--api", o.api_files,
                 "A SAM or CloudFormation template, or an OpenAPI document, whose APIs are served; repeatable")
      ->envname("STATOR_API");
  app.add_option("--functions", o.function_files, "What runs the functions that OpenAPI documents name; repeatable")
      ->envname("STATOR_FUNCTIONS");
  app.add_option("--parameter", o.parameters, "A template's parameter, NAME=VALUE; repeatable");
  app.add_option("--api-key", o.api_keys, "A value that every stage takes as x-api-key; repeatable")
      ->envname("STATOR_API_KEY")
      ->delimiter(',');
  app.add_option("--jwks", o.jwks,
                 "Keys to check JSON Web Tokens with: a JSON Web Key Set, FILE or ISSUER=FILE; repeatable")
      ->envname("STATOR_JWKS")
      ->delimiter(',');
  app.add_flag("--trust-unverified-tokens", o.trust_unverified_tokens,
               "Take the word of JSON Web Tokens that no key is at hand for")
      ->envname("STATOR_TRUST_UNVERIFIED_TOKENS");
  app.add_option("--iam-credentials", o.iam_credentials,
                 "Verify the signatures of calls to APIs with the access keys of this file (as ~/.aws/credentials)")
      ->envname("STATOR_IAM_CREDENTIALS");
  app.add_option(
         "--iam", o.iam,
         "Users, roles, their access keys and policies (YAML or JSON): signatures of DynamoDB's requests and of "
         "calls to APIs are verified, and policies enforced")
      ->envname("STATOR_IAM")
      ->excludes("--iam-credentials");
  app.add_option("--s3", o.s3, "Folder whose folders are the buckets of exports and imports (default: there are none)")
      ->envname("STATOR_S3")
      ->check(CLI::ExistingDirectory);
  app.add_option("--seed", o.seed,
                 "Folder of tables and items to import before the first answer; tables that are there already are left "
                 "alone")
      ->envname("STATOR_SEED");
  add_owner_options(app, o, "seed-", "SEED_");
  auto* cert =
      app.add_option("--tls-cert", o.tls_cert, "Serve TLS with this certificate (PEM)")->envname("STATOR_TLS_CERT");
  auto* key = app.add_option("--tls-key", o.tls_key, "The certificate's key (PEM)")->envname("STATOR_TLS_KEY");
  cert->needs(key);
  key->needs(cert);
  app.add_flag("--tls-self-signed", o.tls_self_signed, "Serve TLS with a certificate made at start")
      ->envname("STATOR_TLS_SELF_SIGNED")
      ->excludes(cert);
}

// CLI11 names the flag; whoever set only the variable is looking for that name.
std::string name_the_variable(std::string message, const std::vector<std::string>& arguments) {
  if (!message.starts_with("--")) return message;
  std::string flag = message.substr(0, message.find_first_of(": ="));
  for (const std::string& argument : arguments)
    if (argument == flag || argument.starts_with(flag + "=")) return message;
  std::string variable = "STATOR_";
  for (char c : flag.substr(2))
    variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (std::getenv(variable.c_str()) == nullptr) return message;
  return variable + message.substr(flag.size());
}

}  // namespace

std::vector<std::string> rewrite_local_flags(const std::vector<std::string>& arguments, bool& local_mode) {
  static const std::map<std::string, std::string> kSwitches = {{"-inMemory", "--in-memory"},
                                                               {"-sharedDb", "--shared"},
                                                               {"-delayTransientStatuses", "--table-delay=1000"},
                                                               {"-help", "--help"},
                                                               {"-version", "--version"}};
  static const std::map<std::string, std::string> kValued = {
      {"-dbPath", "--data"}, {"-port", "--port"}, {"-cors", "--cors"}};
  // Taken and without effect here: what they ask for is how this server is anyway.
  static const std::vector<std::string> kIgnored = {"-optimizeDbBeforeStartup", "-disableTelemetry"};
  std::vector<std::string> out;
  local_mode = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "-jar" && i + 1 < arguments.size()) {  // java's own: "-jar DynamoDBLocal.jar"
      local_mode = true;
      ++i;
    } else if (argument.starts_with("-Djava") || argument.starts_with("-Xm")) {
      local_mode = true;
    } else if (auto found = kSwitches.find(argument); found != kSwitches.end()) {
      local_mode = true;
      out.push_back(found->second);
    } else if (auto valued = kValued.find(argument); valued != kValued.end()) {
      local_mode = true;
      out.push_back(valued->second);
      if (i + 1 < arguments.size()) out.push_back(arguments[++i]);
    } else if (std::find(kIgnored.begin(), kIgnored.end(), argument) != kIgnored.end()) {
      local_mode = true;
    } else {
      out.push_back(argument);
    }
  }
  return out;
}

int parse_options(int argc, const char* const* argv, Options& options) {
  std::vector<std::string> arguments =
      rewrite_local_flags(std::vector<std::string>(argv + 1, argv + argc), options.local_mode);
  // No subcommand means serve: "stator --port 8123", "stator".
  static const std::vector<std::string> kWords = {"serve",  "reset",  "healthcheck", "import",
                                                  "export", "--help", "-h",          "--version"};
  if (arguments.empty() || std::find(kWords.begin(), kWords.end(), arguments[0]) == kWords.end())
    arguments.insert(arguments.begin(), "serve");

  CLI::App app("stator: DynamoDB and API Gateway on this machine, kept in SQLite files");
  app.set_version_flag("--version", std::string("stator ") + STATOR_VERSION);
  app.require_subcommand(1);
  CLI::App* serve = app.add_subcommand("serve", "Serve (what `stator` alone does)");
  add_serve_options(*serve, options);
  serve->set_version_flag("--version", std::string("stator ") + STATOR_VERSION);
  CLI::App* reset = app.add_subcommand("reset", "Empty a data folder: delete this server's own files in it");
  // Each its own settings: CLI11 reads the variables for every subcommand, the ones not called included, and would put
  // them over the flags of the one that was.
  Options reset_options = options;
  add_data_options(*reset, reset_options);
  CLI::App* health =
      app.add_subcommand("healthcheck", "Exit 0 if the server that these settings describe answers, 1 if not");
  CLI::App* import = app.add_subcommand("import", "Bring tables and items from files into a data folder");
  Options import_options = options;
  add_import_options(*import, import_options);
  CLI::App* exporting = app.add_subcommand("export", "Write tables and items of a data folder to files");
  Options export_options = options;
  add_export_options(*exporting, export_options);
  Options health_options = options;
  add_serve_options(*health, health_options);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::cerr << "stator: " << name_the_variable(error.what(), arguments) << "\nRun with --help for the settings.\n";
    return 2;
  }
  if (reset->parsed()) {
    options = reset_options;
    options.command = Command::kReset;
  }
  if (import->parsed()) {
    options = import_options;
    options.command = Command::kImport;
  }
  if (exporting->parsed()) {
    options = export_options;
    options.command = Command::kExport;
  }
  if (health->parsed()) {
    options = health_options;
    options.command = Command::kHealthcheck;
  }
  // DynamoDB Local listens on every address; its users reach it from other containers.
  if (options.local_mode && options.hosts.empty()) options.hosts = {"0.0.0.0"};
  return -1;
}

}  // namespace stator
