// Checks JSON values against schemas, as far as the description of the console's API uses them.
#pragma once

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>

#include <string>

namespace bankfeed::testing
{

/// A small part of JSON Schema. It is stricter in one thing: a member that "properties" does not
/// name is wrong, unless "additionalProperties" says otherwise, so that no answer has more than is
/// described. A keyword that it does not know is wrong too, instead of passed over.
class JsonSchema
{
public:
    /// `document` is what "#/..." refers into.
    explicit JsonSchema(Poco::JSON::Object::Ptr document) : document_(std::move(document)) {}

    /// What is wrong with the value and where, or "".
    [[nodiscard]] std::string fault(const Poco::JSON::Object::Ptr& schema,
        const Poco::Dynamic::Var& value, const std::string& where = "") const;

    /// What "#/components/schemas/Money" refers to; null when there is no such thing.
    [[nodiscard]] Poco::JSON::Object::Ptr find(const std::string& reference) const;

private:
    [[nodiscard]] std::string keywordFault(const std::string& keyword,
        const Poco::Dynamic::Var& wanted, const Poco::Dynamic::Var& value,
        const std::string& where) const;
    [[nodiscard]] std::string memberFault(const Poco::JSON::Object::Ptr& schema,
        const Poco::JSON::Object::Ptr& value, const std::string& where) const;
    [[nodiscard]] std::string itemFault(const Poco::JSON::Object::Ptr& items,
        const Poco::Dynamic::Var& value, const std::string& where) const;
    [[nodiscard]] std::string anyOfFault(const Poco::Dynamic::Var& schemas,
        const Poco::Dynamic::Var& value, const std::string& where) const;

    Poco::JSON::Object::Ptr document_;
};

} // namespace bankfeed::testing
