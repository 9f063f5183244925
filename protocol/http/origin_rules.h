// Who may call a server that listens on a developer's machine. A web page of another site can make a browser send
// requests here: by its own name rebound to this address (the Host header tells), or straight to localhost (the Origin
// header tells). Pure functions, shared by the door and by whoever answers other paths.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "protocol/http/http_server.h"
#include "protocol/wire_message.h"

namespace stator::http {

// IP literals, names without a dot, *.localhost, host.docker.internal, and `more` ("*": any; ".example.test": that and
// all below it). A port is ignored. An empty value is allowed: HTTP/1.0 sends none, and browsers always send one.
bool host_allowed(std::string_view host, std::span<const std::string> more);

// Loopback origins and `more` ("*": any). No Origin header (empty) is no web page. "null" is a foreign origin.
bool origin_allowed(std::string_view origin, std::span<const std::string> more);

// Why a DynamoDB request is refused, in a sentence, or nothing.
std::string_view refusal(std::string_view host, std::string_view origin, const HttpServerOptions& options);

// Lets the page that asked read the answer (CORS). For pages that refusal() let pass: the service lets in every one.
void allow_reading(WireReply& reply);

// What a browser asks before it sends a DynamoDB request for a page, and the answer; `names_target`: only if it is
// surely one for DynamoDB, by its headers.
bool is_preflight(const WireRequest& request, bool names_target);
WireReply preflight_reply(const WireRequest& request, const HttpServerOptions& options);

}  // namespace stator::http
