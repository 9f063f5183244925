// The cache of a REST API's stage, as a request meets it: behind the checks of access and of the request, in front of
// the integration. What is kept is the method's response with its mappings done, whatever its status; what the gateway
// answers by itself (a failed or late integration) is not. A key is made of the integration's cache namespace, the
// request's verb and the values of cacheKeyParameters, and of nothing else: neither the path nor the body, as with the
// service.
//
// Pure but for the call; any thread.
#pragma once

#include <memory>

#include "emulator/gateway/call.h"

namespace stator::gateway {

// The largest body that is kept.
constexpr size_t kMaxCachedBody = 1'048'576;
// Of all stages' kept answers together; the service's smallest cache has eight times as much for each.
constexpr size_t kCacheBytes = size_t{64} << 20;

// True when the call is answered: from the cache, or refused because its Cache-Control asks for what it may not.
// Otherwise the integration is to be asked, and what it answers will be kept.
bool answer_from_cache(const std::shared_ptr<Call>& call);

}  // namespace stator::gateway
