// Writes JSON with structure: the answers of the console, details with lists. For flat objects,
// JsonText.h is enough.
#pragma once

#include "base/JsonText.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bankfeed
{

/// Appends values one after the other and puts the commas. The caller keeps the structure right:
/// inside an object every value follows a key.
class JsonWriter
{
public:
    JsonWriter& beginObject() { return open('{'); }
    JsonWriter& endObject() { return close('}'); }
    JsonWriter& beginArray() { return open('['); }
    JsonWriter& endArray() { return close(']'); }

    JsonWriter& key(std::string_view name)
    {
        separate();
        out_.append(jsonString(name)).push_back(':');
        first_ = true;
        return *this;
    }

    JsonWriter& value(std::string_view text) { return raw(jsonString(text)); }
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(bool flag) { return raw(flag ? "true" : "false"); }
    JsonWriter& value(std::int64_t number) { return raw(std::to_string(number)); }
    JsonWriter& value(int number) { return value(std::int64_t{number}); }
    JsonWriter& null() { return raw("null"); }

    /// A value that is JSON already.
    JsonWriter& raw(std::string_view json)
    {
        separate();
        out_.append(json);
        return *this;
    }

    template <class T>
    JsonWriter& member(std::string_view name, const T& content)
    {
        key(name);
        return value(content);
    }
    template <class T>
    JsonWriter& member(std::string_view name, const std::optional<T>& content)
    {
        key(name);
        return content ? value(*content) : null();
    }
    JsonWriter& nullMember(std::string_view name)
    {
        key(name);
        return null();
    }

    [[nodiscard]] const std::string& text() const& { return out_; }
    [[nodiscard]] std::string&& text() && { return std::move(out_); }

private:
    JsonWriter& open(char bracket)
    {
        separate();
        out_.push_back(bracket);
        first_ = true;
        return *this;
    }
    JsonWriter& close(char bracket)
    {
        out_.push_back(bracket);
        first_ = false;
        return *this;
    }
    void separate()
    {
        if (!first_) out_.push_back(',');
        first_ = false;
    }

    std::string out_;
    bool first_ = true;
};

} // namespace bankfeed
