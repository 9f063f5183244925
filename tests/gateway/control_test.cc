// The control planes in process: changes by patch, documents by path, and what is built of them.
#include "emulator/gateway/control/control_request.h"

#include <gtest/gtest.h>

#include <map>

#include "emulator/gateway/control/build_api.h"
#include "emulator/gateway/control/patch.h"
#include "emulator/gateway/control/stored_apis.h"

namespace stator::gateway::control {
namespace {

class MemoryStore : public DocumentStore, public DocumentTransaction {
 public:
  void read(const DocumentScope&, const std::function<void(DocumentTransaction&)>& work) override { work(*this); }
  void write(const DocumentScope&, const std::function<void(DocumentTransaction&)>& work) override { work(*this); }
  std::vector<DocumentScope> scopes() override { return {{"1", "r", ""}}; }
  uint64_t generation() const override { return generation_; }

  std::optional<std::string> find(std::string_view kind, std::string_view id) override {
    const auto found = kept_.find({std::string(kind), std::string(id)});
    return found == kept_.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<std::pair<std::string, std::string>> list(std::string_view kind) override {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [key, bytes] : kept_)
      if (key.first == kind) all.emplace_back(key.second, bytes);
    return all;
  }
  void put(std::string_view kind, std::string_view id, std::string_view bytes) override {
    kept_[{std::string(kind), std::string(id)}] = bytes;
  }
  void erase(std::string_view kind, std::string_view id) override { kept_.erase({std::string(kind), std::string(id)}); }

  uint64_t generation_ = 1;
  std::map<std::pair<std::string, std::string>, std::string> kept_;
};

Node json(std::string_view text) {
  return *parse_document(text);
}

const model::Operation& operation(std::string_view name) {
  for (const model::Operation& each : model::operations(model::Service::kRest))
    if (each.name == name) return each;
  throw std::logic_error("no such operation");
}

class Patches : public testing::Test {
 protected:
  // The document after these patchOperations of `name`; "refused: MESSAGE" when they are.
  std::string patched(std::string_view name, std::string_view patchable, std::string_view document,
                      std::string_view patches) {
    ControlRequest request(operation(name), documents_);
    request.input = json(R"({"patchOperations":)" + std::string(patches) + "}");
    Node node = json(document);
    try {
      apply_patches(request, request.output_shape(), patchable, node);
    } catch (const ControlError& error) {
      return "refused: " + error.message;
    }
    return text_of(node);
  }

  MemoryStore store_;
  Documents documents_{store_};
};

TEST_F(Patches, ValuesTakeTheTypeOfTheirMember) {
  EXPECT_EQ(patched("UpdateRestApi", "/name /minimumCompressionSize /disableExecuteApiEndpoint", "{}",
                    R"([{"op":"replace","path":"/name","value":"5"},
                        {"op":"replace","path":"/minimumCompressionSize","value":"5"},
                        {"op":"replace","path":"/disableExecuteApiEndpoint","value":"true"}])"),
            R"({"name":"5","minimumCompressionSize":5,"disableExecuteApiEndpoint":true})");
  EXPECT_EQ(patched("UpdateRestApi", "/minimumCompressionSize", "{}",
                    R"([{"op":"replace","path":"/minimumCompressionSize","value":"much"}])"),
            "refused: Invalid patch value  'much' specified for path '/minimumCompressionSize'");
}

TEST_F(Patches, ListsAreChangedByTheirEntries) {
  constexpr std::string_view kTypes = "/binaryMediaTypes /binaryMediaTypes/*";
  EXPECT_EQ(patched("UpdateRestApi", kTypes, "{}", R"([{"op":"add","path":"/binaryMediaTypes/image~1png"}])"),
            R"({"binaryMediaTypes":["image/png"]})");
  EXPECT_EQ(patched("UpdateRestApi", kTypes, R"({"binaryMediaTypes":["a/b","c/d"]})",
                    R"([{"op":"remove","path":"/binaryMediaTypes/a~1b"},
                        {"op":"replace","path":"/binaryMediaTypes/c~1d","value":"e/f"}])"),
            R"({"binaryMediaTypes":["e/f"]})");
}

TEST_F(Patches, MapsAreChangedByTheirKeys) {
  EXPECT_EQ(patched("UpdateIntegration", "/requestTemplates/*", R"({"requestTemplates":{"a/b":"1","x/y":"2"}})",
                    R"([{"op":"remove","path":"/requestTemplates/a~1b"},
                        {"op":"add","path":"/requestTemplates/c~1d","value":"~0"},
                        {"op":"replace","path":"/requestTemplates/x~1y","value":""}])"),
            R"({"requestTemplates":{"x/y":"","c/d":"~0"}})");
}

TEST_F(Patches, WhatMayNotBeChangedIsRefused) {
  EXPECT_EQ(patched("UpdateModel", "/description /schema", "{}", R"([{"op":"replace","path":"/name","value":"x"}])"),
            "refused: Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]");
  EXPECT_EQ(patched("UpdateModel", "/description", "{}", R"([{"op":"test","path":"/description","value":"x"}])"),
            "refused: Invalid patch path  '/description' specified for op 'test'. Must be one of: [/description]");
}

TEST(ControlDocuments, AreFoundAndErasedByPath) {
  MemoryStore store;
  Documents documents(store);
  for (const char* path : {"/restapis/a", "/restapis/b", "/restapis/a/stages/x", "/restapis/a/stages/xy",
                           "/restapis/a/resources/1", "/restapis/a/resources/1/methods/GET", "/v2/apis/a"})
    documents.put(path, json("{}"));
  const auto paths = [](const auto& found) {
    std::string all;
    for (const auto& [path, document] : found) all += path + " ";
    return all;
  };
  EXPECT_EQ(paths(documents.children("/restapis")), "/restapis/a /restapis/b ");
  EXPECT_EQ(paths(documents.children("/restapis/a/resources")), "/restapis/a/resources/1 ");
  EXPECT_EQ(paths(documents.below("/restapis/a/resources/1")), "methods/GET ");
  documents.erase("/restapis/a/stages/x");
  EXPECT_TRUE(documents.has("/restapis/a/stages/xy"));
  documents.erase("/restapis/a/resources/1");
  EXPECT_FALSE(documents.has("/restapis/a/resources/1/methods/GET"));
  documents.erase("/restapis/a");
  EXPECT_EQ(paths(documents.children("/restapis")), "/restapis/b ");
  EXPECT_FALSE(documents.has("/restapis/a/stages/xy"));
  EXPECT_TRUE(documents.has("/v2/apis/a"));
  EXPECT_EQ(child("/restapis/a/models", "x/../y"), "/restapis/a/models/x%2F..%2Fy");
}

void put_api(Documents& documents) {
  documents.put("/restapis/a", json(R"({"id":"a","name":"n","binaryMediaTypes":["image/png"]})"));
  documents.put("/restapis/a/resources/r", json(R"({"id":"r","path":"/"})"));
  documents.put("/restapis/a/resources/p", json(R"({"id":"p","parentId":"r","pathPart":"{id}","path":"/{id}"})"));
  documents.put(
      "/restapis/a/resources/p/methods/GET",
      json(R"({"httpMethod":"GET","authorizationType":"NONE","requestParameters":{"method.request.path.id":true}})"));
  documents.put("/restapis/a/resources/p/methods/GET/integration", json(R"({"type":"MOCK","timeoutInMillis":50})"));
  documents.put("/restapis/a/resources/p/methods/GET/integration/responses/200", json(R"({"statusCode":"200"})"));
  documents.put("/restapis/a/resources/p/methods/GET/responses/200", json(R"({"statusCode":"200"})"));
  documents.put("/restapis/a/stages/s",
                json(R"({"stageName":"s","deploymentId":"d","methodSettings":{"~1{id}/GET":{"throttlingRateLimit":2.5},
                         "*/*":{"throttlingBurstLimit":7}}})"));
}

TEST(ControlBuild, AStageServesTheFrozenDraft) {
  MemoryStore store;
  Documents documents(store);
  put_api(documents);
  freeze(documents, draft_of(documents, "/restapis/a", *documents.find("/restapis/a")), "a", "d");
  documents.erase("/restapis/a/resources/p");
  const std::shared_ptr<Api> api = api_of(documents, "/restapis/a");
  ASSERT_NE(api, nullptr);
  const Stage* stage = api->stage("s");
  ASSERT_NE(stage, nullptr);
  EXPECT_EQ(stage->defaults.throttling_burst, 7);
  ASSERT_TRUE(stage->overrides.contains("/{id}/GET"));
  EXPECT_EQ(stage->overrides.at("/{id}/GET").throttling_rate, 2.5);
  const ApiDefinition& definition = *api->deployment("d")->definition;
  ASSERT_EQ(definition.resources.size(), 2U);
  EXPECT_EQ(definition.resources[0].path, "/");
  const Method& method = definition.resources[1].methods.at("GET");
  EXPECT_TRUE(method.request_parameters.at("method.request.path.id"));
  ASSERT_TRUE(method.integration);
  EXPECT_EQ(method.integration->timeout_ms, 50);
  EXPECT_EQ(method.integration->responses.size(), 1U);
  EXPECT_EQ(method.responses.size(), 1U);
  EXPECT_EQ(definition.binary_media_types, std::vector<std::string>{"image/png"});
}

TEST(ControlBuild, WhatWasReplacedBehindItIsReadAgain) {
  MemoryStore store;
  Documents documents(store);
  put_api(documents);
  freeze(documents, draft_of(documents, "/restapis/a", *documents.find("/restapis/a")), "a", "d");
  StoredApis stored(store, nullptr, nullptr);
  EXPECT_FALSE(stored.fresh());
  stored.refresh();
  ASSERT_NE(stored.find("a", ""), nullptr);
  EXPECT_EQ(stored.find("a", "")->stages.size(), 1U);
  store.kept_.clear();
  ++store.generation_;
  EXPECT_FALSE(stored.fresh());
  stored.refresh();
  EXPECT_EQ(stored.find("a", ""), nullptr);
}

// "api stage path", or "nothing".
std::string led(const StoredDomain& domain, std::string_view path, std::vector<WireHeader> headers = {}) {
  WireRequest request;
  request.headers = std::move(headers);
  const std::optional<StoredDomain::Target> target = domain.target_of(path, request);
  return target ? target->api_id + " " + target->stage + " " + target->path : "nothing";
}

TEST(StoredDomain, TheLongestMappingCounts) {
  StoredDomain domain;
  domain.mappings = {{"", "all", ""}, {"v1", "one", "s"}, {"v1/orders", "orders", "s"}};
  EXPECT_EQ(led(domain, "/"), "all  /");
  EXPECT_EQ(led(domain, "/v1"), "one s ");
  EXPECT_EQ(led(domain, "/v10"), "all  /v10");
  EXPECT_EQ(led(domain, "/v1/orders/7"), "orders s /7");
  domain.by_mappings = false;
  EXPECT_EQ(led(domain, "/v1"), "nothing");
}

TEST(StoredDomain, RulesComeInOrderAheadOfMappings) {
  MemoryStore store;
  Documents documents(store);
  const auto rule = [&](const char* id, const char* text) {
    documents.put(std::string("/domainnames/d/rules/") + id, json(text));
  };
  rule("a", R"({"priority":20,"conditions":[{"matchBasePaths":{"anyOf":["v1","v2/x"]}}],
                "actions":[{"invokeApi":{"apiId":"cut","stage":"s","stripBasePath":true}}]})");
  rule("b", R"({"priority":10,"conditions":[{"matchHeaders":{"anyOf":[{"header":"X-Kind","valueGlob":"beta*"},
                {"header":"X-Kind","valueGlob":"*-x"},{"header":"x-other","valueGlob":"*in*"},{"header":"x-same","valueGlob":"all"}]}},
                {"matchBasePaths":{"anyOf":["v1"]}}],
                "actions":[{"invokeApi":{"apiId":"beta","stage":"s"}}]})");
  documents.put("/domainnames/d/mappings/m", json(R"({"apiMappingKey":"","apiId":"mapped","stage":"s"})"));
  StoredDomain domain =
      read_domain(documents, "/domainnames/d", json(R"({"routingMode":"ROUTING_RULE_THEN_BASE_PATH_MAPPING"})"));
  EXPECT_EQ(led(domain, "/v1/a"), "cut s /a");
  EXPECT_EQ(led(domain, "/v2/x"), "cut s ");
  EXPECT_EQ(led(domain, "/v2"), "mapped s /v2");
  for (const auto& [name, value] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"x-kind", "beta"}, {"x-kind", "beta-2"}, {"X-KIND", "a-x"}, {"x-other", "xinx"}, {"x-same", "all"}})
    EXPECT_EQ(led(domain, "/v1/a", {{name, value}}), "beta s /v1/a") << name << "=" << value;
  for (const auto& [name, value] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"x-kind", "Beta"}, {"x-kind", "a-xy"}, {"x-other", "on"}, {"x-same", "allx"}})
    EXPECT_EQ(led(domain, "/v1/a", {{name, value}}), "cut s /a") << name << "=" << value;
  EXPECT_EQ(led(domain, "/", {{"x-kind", "beta"}}), "mapped s /") << "all conditions must hold";
  domain = read_domain(documents, "/domainnames/d", json(R"({"routingMode":"ROUTING_RULE_ONLY"})"));
  EXPECT_EQ(led(domain, "/v2"), "nothing");
  domain = read_domain(documents, "/domainnames/d", json(R"({"routingMode":"BASE_PATH_MAPPING_ONLY"})"));
  EXPECT_EQ(led(domain, "/v1/a"), "mapped s /v1/a");
}

}  // namespace
}  // namespace stator::gateway::control
