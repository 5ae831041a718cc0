#include "ExactJson.h"

#include <algorithm>
#include <vector>

namespace plaidsim
{

namespace
{

constexpr std::size_t deepest = 64;

Json rawNumber(const std::string& text)
{
    return Json::binary(std::vector<std::uint8_t>(text.begin(), text.end()));
}

std::string numberText(const Json& value)
{
    if (!value.is_binary()) return value.dump();
    const auto& bytes = value.get_binary();
    return {bytes.begin(), bytes.end()};
}

// Builds the document while nlohmann's parser reads it, and keeps the text of every number that
// is not an integer.
class Builder : public Json::json_sax_t
{
public:
    Json take() { return std::move(root_); }

    bool null() override { return put(nullptr); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(number_integer_t value) override { return put(value); }
    bool number_unsigned(number_unsigned_t value) override { return put(value); }
    bool number_float(number_float_t, const string_t& text) override
    {
        return put(rawNumber(text));
    }
    bool string(string_t& value) override { return put(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Json::object()); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override
    {
        if (stack_.back()->contains(name)) return false;
        key_ = name;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const Json::exception&) override
    {
        return false;
    }

private:
    Json* place(Json&& value)
    {
        if (stack_.empty())
        {
            root_ = std::move(value);
            return &root_;
        }
        Json& parent = *stack_.back();
        if (parent.is_array())
        {
            parent.push_back(std::move(value));
            return &parent.back();
        }
        Json& slot = parent[key_];
        slot = std::move(value);
        return &slot;
    }

    bool put(Json&& value)
    {
        place(std::move(value));
        return true;
    }

    bool open(Json&& value)
    {
        if (stack_.size() >= deepest) return false;
        stack_.push_back(place(std::move(value)));
        return true;
    }

    bool close()
    {
        stack_.pop_back();
        return true;
    }

    Json root_;
    std::string key_;
    std::vector<Json*> stack_;
};

// Most texts need no escape; nlohmann's way for the rest.
void writeText(const std::string& text, std::string& out)
{
    const bool plain = std::all_of(text.begin(), text.end(),
        [](unsigned char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; });
    if (plain)
        out.append(1, '"').append(text).append(1, '"');
    else
        out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

void writeScalar(const Json& value, std::string& out)
{
    if (value.is_string())
        writeText(value.get_ref<const std::string&>(), out);
    else
        out += numberText(value);
}

// Appends `value`; `indent` is the current depth, or negative for one line.
void write(const Json& value, int indent, std::string& out)
{
    if (!value.is_structured() || value.empty())
    {
        writeScalar(value, out);
        return;
    }
    const bool pretty = indent >= 0;
    const auto breakLine = [&](int depth)
    {
        if (!pretty) return;
        out += '\n';
        out.append(static_cast<std::size_t>(depth) * 2, ' ');
    };
    const bool object = value.is_object();
    out += object ? '{' : '[';
    bool first = true;
    for (auto it = value.begin(); it != value.end(); ++it)
    {
        if (!first) out += ',';
        first = false;
        breakLine(indent + 1);
        if (object)
        {
            writeText(it.key(), out);
            out += pretty ? ": " : ":";
        }
        write(*it, pretty ? indent + 1 : -1, out);
    }
    breakLine(indent);
    out += object ? '}' : ']';
}

} // namespace

Json exactNumber(const Decimal& value)
{
    return rawNumber(value.text());
}

bool isNumber(const Json& value)
{
    return value.is_number() || value.is_binary();
}

std::optional<Decimal> decimalIn(const Json& value)
{
    if (value.is_string()) return Decimal::parse(value.get_ref<const std::string&>());
    if (value.is_number_integer() || value.is_binary()) return Decimal::parse(numberText(value));
    return std::nullopt;
}

std::optional<Json> parseExact(const std::string& text)
{
    Builder builder;
    if (!Json::sax_parse(text, &builder)) return std::nullopt;
    return builder.take();
}

std::string compactText(const Json& value)
{
    std::string out;
    write(value, -1, out);
    return out;
}

std::string prettyText(const Json& value)
{
    std::string out;
    write(value, 0, out);
    return out;
}

} // namespace plaidsim
