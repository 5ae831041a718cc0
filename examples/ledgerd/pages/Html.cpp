#include "pages/Html.h"

#include "base/Text.h"

namespace ledgerd
{

Html& Html::text(std::string_view text)
{
    for (const char c : oneLine(text))
        switch (c)
        {
        case '&': out_ += "&amp;"; break;
        case '<': out_ += "&lt;"; break;
        case '>': out_ += "&gt;"; break;
        case '"': out_ += "&quot;"; break;
        case '\'': out_ += "&#39;"; break;
        default: out_ += c;
        }
    return *this;
}

Html& Html::number(long long value)
{
    out_ += std::to_string(value);
    return *this;
}

} // namespace ledgerd
