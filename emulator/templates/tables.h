// The DynamoDB tables of a template as the requests that would make them: AWS::DynamoDB::Table,
// AWS::DynamoDB::GlobalTable (what the CDK makes of a TableV2; of its replicas the one in the template's region) and
// AWS::Serverless::SimpleTable. What only the service could answer (a key that is not in AttributeDefinitions) is left
// to the service's own check.
#pragma once

#include <string>
#include <vector>

#include "emulator/templates/template.h"

namespace stator::templates {

struct TableRequest {
  std::string name;
  std::string place;                // "file:line", for messages
  std::string create_table;         // CreateTable's input, JSON
  std::string update_time_to_live;  // UpdateTimeToLive's input, or empty
};

std::vector<TableRequest> tables_of(const Template& source);

}  // namespace stator::templates
