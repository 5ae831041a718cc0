// The names that people and banks give to accounts, made fit for the books.
#pragma once

#include <string>
#include <string_view>

namespace bankfeed::accounts
{

/// Without spaces at both ends, with one plain space where there were several of any kind, and
/// without characters that nobody sees. A text that is not UTF-8 stays as it is.
[[nodiscard]] std::string tidyName(std::string_view name);

} // namespace bankfeed::accounts
