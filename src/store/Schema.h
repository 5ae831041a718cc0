// The steps of the schema. A step that was released is never edited; the next change is a new step.
#pragma once

#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// The statements of each step, in order; step n brings the schema from version n to n + 1.
[[nodiscard]] const std::vector<std::vector<std::string_view>>& schemaSteps();

} // namespace bankfeed::store
