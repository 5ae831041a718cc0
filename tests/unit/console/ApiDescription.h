// The description of the console's API that is shipped (docs/console-openapi.json), for tests.
#pragma once

#include "console/ConsoleTypes.h"
#include "unit/console/JsonSchema.h"

#include <set>
#include <string>
#include <vector>

namespace bankfeed::testing
{

class ApiDescription
{
public:
    struct Operation
    {
        std::string method; ///< "GET"
        std::string path;   ///< "api/connections/{id}"
        Poco::JSON::Object::Ptr entry;

        /// The value of "x-bankfeed-needs" and the like; "" when there is none.
        [[nodiscard]] std::string text(const std::string& name) const;
        /// The names of the parameters that are in "path" or "query".
        [[nodiscard]] std::set<std::string> parameters(
            const JsonSchema& schema, const std::string& in) const;
    };

    /// The one of the source tree. Fails the test when it cannot be read.
    static const ApiDescription& shipped();

    explicit ApiDescription(const std::string& json);

    [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }
    [[nodiscard]] const JsonSchema& schema() const { return schema_; }
    [[nodiscard]] const Poco::JSON::Object::Ptr& document() const { return document_; }

    /// The operation that a request asks for; null when none is described.
    [[nodiscard]] const Operation* find(const std::string& method, const std::string& path) const;

    /// How an exchange differs from what is described, or "": the answer, and the request when it
    /// was granted.
    [[nodiscard]] std::string fault(
        const console::ConsoleRequest& request, const console::ConsoleResponse& response) const;

private:
    [[nodiscard]] std::string answerFault(
        const Operation& operation, const console::ConsoleResponse& response) const;
    [[nodiscard]] std::string requestFault(
        const Operation& operation, const console::ConsoleRequest& request) const;

    Poco::JSON::Object::Ptr document_;
    JsonSchema schema_;
    std::vector<Operation> operations_;
};

} // namespace bankfeed::testing
