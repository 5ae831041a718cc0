// A judge for JSON schema, as far as manifest/plugin.schema.json goes. A keyword that it does not
// know is an error, so that nothing in the schema is silently not checked.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace bankfeed::test
{

/// The first fault of `value`, with the path to it; "" when the schema accepts it. `root` is where
/// "$ref" looks. Throws std::runtime_error on an unknown keyword.
[[nodiscard]] std::string faultOf(
    const nlohmann::json& value, const nlohmann::json& schema, const nlohmann::json& root);

} // namespace bankfeed::test
