// A self-signed certificate for GenerateClientCertificate, as PEM text. Its key is forgotten: this server presents it
// to nobody.
#pragma once

#include <cstdint>
#include <string>

namespace stator::gateway::control {

std::string new_certificate(int64_t from_ms, int64_t until_ms);

}  // namespace stator::gateway::control
