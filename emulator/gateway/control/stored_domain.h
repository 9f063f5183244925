// A custom domain name and what its paths lead to: routing rules in order of priority, mappings of base paths, or both,
// as its routing mode says. Plain values; target_of() may be asked from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/gateway/control/document_store.h"
#include "emulator/gateway/control/documents.h"
#include "protocol/wire_message.h"

namespace stator::gateway {

struct StoredDomain {
  struct Mapping {
    std::string key;  // the path's first parts, "v1" or "v1/orders"; empty: all that no other has
    std::string api_id;
    std::string stage;  // empty: the next part of the path names it
  };
  struct Condition {  // one of its base paths, or one of its headers
    std::vector<std::string> base_paths;
    std::vector<std::pair<std::string, std::string>> headers;  // name, value with '*' at its ends
  };
  struct Rule {
    double priority = 0;
    std::vector<Condition> conditions;  // all of them; none: every request
    std::string api_id;
    std::string stage;
    bool strip_base_path = false;
  };
  struct Target {
    std::string api_id;
    std::string stage;  // empty: the next part of the path names it
    std::string path;   // what the API sees of it; may be empty
  };

  DocumentScope scope;
  bool by_rules = false;
  bool by_mappings = true;
  std::vector<Rule> rules;  // the first that matches counts
  std::vector<Mapping> mappings;

  // Nothing: no rule and no mapping has the request.
  std::optional<Target> target_of(std::string_view path, const WireRequest& request) const;
};

// The domain that `path` ("/domainnames/NAME") and `document` are.
StoredDomain read_domain(control::Documents& documents, const std::string& path, const control::Node& document);

}  // namespace stator::gateway
