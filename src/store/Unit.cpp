#include "store/Unit.h"

namespace bankfeed::store
{

const Value& Rows::cell(std::size_t row, std::size_t column) const
{
    BF_ASSERT(column < columns_ && row < size());
    return cells_[row * columns_ + column];
}

std::int64_t Rows::number(std::size_t row, std::size_t column) const
{
    const std::int64_t* number = cell(row, column).number();
    BF_ASSERT(number != nullptr);
    return *number;
}

const std::string& Rows::text(std::size_t row, std::size_t column) const
{
    const std::string* text = cell(row, column).text();
    BF_ASSERT(text != nullptr);
    return *text;
}

bool Rows::isNull(std::size_t row, std::size_t column) const
{
    return cell(row, column).isNull();
}

bool Rows::isNumber(std::size_t row, std::size_t column) const
{
    return cell(row, column).number() != nullptr;
}

std::optional<std::int64_t> Rows::maybeNumber(std::size_t row, std::size_t column) const
{
    if (isNull(row, column)) return std::nullopt;
    return number(row, column);
}

std::optional<std::string> Rows::maybeText(std::size_t row, std::size_t column) const
{
    if (isNull(row, column)) return std::nullopt;
    return text(row, column);
}

std::optional<UtcTime> Rows::maybeTime(std::size_t row, std::size_t column) const
{
    if (isNull(row, column)) return std::nullopt;
    return UtcTime{number(row, column)};
}

} // namespace bankfeed::store
