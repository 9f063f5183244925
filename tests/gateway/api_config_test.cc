// The stored form of an API comes back as it was.
#include <gtest/gtest.h>

#include "emulator/gateway/api_config.h"

namespace stator::gateway {
namespace {

TEST(StoredApi, ComesBackAsItWas) {
  Api api;
  api.id = "abc";
  api.name = "n \"quoted\"";
  api.protocol = "REST";
  api.created_ms = 1587481701067;
  api.cors = Cors{{"*"}, {}, {}, {}, 0, true};
  Resource resource{"r", "", "x", "/x", {}};
  Method method;
  method.http_method = "GET";
  method.request_parameters["method.request.querystring.a"] = false;
  method.integration = Integration{};
  method.integration->type = "MOCK";
  method.integration->request_templates["application/json"] = "#set($x = 1)\n";
  method.integration->responses.push_back({"200", "", "", {}, {}, "/2\\d\\d/", "\\$default"});
  resource.methods["GET"] = method;
  api.definition.resources.push_back(resource);
  api.deploy("d1", 5, "first");
  api.definition.resources.clear();
  Stage stage;
  stage.name = "s";
  stage.deployment_id = "d1";
  stage.defaults.throttling_rate = 0.5;
  stage.overrides["/x/GET"].throttling_burst = 3;
  api.stages.push_back(stage);
  std::string first, second;
  write_api(api, first);
  const Api back = read_api(first);
  write_api(back, second);
  EXPECT_EQ(first, second);
  ASSERT_EQ(back.deployments.size(), 1u);
  EXPECT_EQ(back.deployments[0].definition->resources[0].methods.at("GET").integration->request_templates.at(
                "application/json"),
            "#set($x = 1)\n");
  EXPECT_TRUE(back.definition.resources.empty());  // a deployment is a frozen copy
  EXPECT_EQ(back.stages[0].defaults.throttling_rate, 0.5);
  EXPECT_EQ(back.cors->max_age, 0);
  EXPECT_THROW(read_api("{\"id\":5}"), std::runtime_error);
  EXPECT_THROW(read_api("{"), std::runtime_error);
}

TEST(StoredKeysAndPlans, ComeBackAsTheyWere) {
  ApiKey key;
  key.id = "k";
  key.value = "secret";
  key.enabled = false;
  key.stage_keys = {"abc/dev"};
  std::string first, second;
  write_api_key(key, first);
  write_api_key(read_api_key(first), second);
  EXPECT_EQ(first, second);
  EXPECT_FALSE(read_api_key(first).enabled);
  UsagePlan plan;
  plan.id = "p";
  plan.stages = {{"abc", "dev", {{"/x/GET", {0.5, 0}}}}};
  plan.throttle = Throttle{10, std::nullopt};
  plan.quota = Quota{100, 2, "WEEK"};
  plan.key_ids = {"k"};
  first.clear();
  second.clear();
  write_usage_plan(plan, first);
  const UsagePlan back = read_usage_plan(first);
  write_usage_plan(back, second);
  EXPECT_EQ(first, second);
  EXPECT_EQ(back.stages[0].throttle.at("/x/GET").rate, 0.5);
  EXPECT_EQ(back.stages[0].throttle.at("/x/GET").burst, 0);
  EXPECT_EQ(back.quota->limit, 100);
  EXPECT_EQ(back.throttle->burst, std::nullopt);
  EXPECT_THROW(read_usage_plan("[]"), std::runtime_error);
}

}  // namespace
}  // namespace stator::gateway
