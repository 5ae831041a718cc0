#include "unit/console/ApiDescription.h"

#include "console/RequestReader.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <Poco/String.h>
#include <cppunit/TestAssert.h>

#include <fstream>
#include <sstream>

namespace bankfeed::testing
{

namespace
{

using Poco::Dynamic::Var;
using Poco::JSON::Object;

Object::Ptr parsed(const std::string& json)
{
    Poco::JSON::Parser parser;
    return parser.parse(json).extract<Object::Ptr>();
}

bool fits(const std::string& pattern, const std::string& path)
{
    std::istringstream wanted(pattern);
    std::istringstream given(path);
    std::string one;
    std::string other;
    while (std::getline(wanted, one, '/'))
        if (!std::getline(given, other, '/') || (one != other && one != "{id}")) return false;
    return !std::getline(given, other, '/');
}

/// The schema of the JSON that an answer or a request body may be; null when there is none.
Object::Ptr schemaOf(const Object::Ptr& holder)
{
    const auto content = holder ? holder->getObject("content") : Object::Ptr();
    const auto json = content ? content->getObject("application/json") : Object::Ptr();
    return json ? json->getObject("schema") : Object::Ptr();
}

} // namespace

std::string ApiDescription::Operation::text(const std::string& name) const
{
    return entry->has(name) ? entry->getValue<std::string>(name) : std::string();
}

std::set<std::string> ApiDescription::Operation::parameters(
    const JsonSchema& schema, const std::string& in) const
{
    std::set<std::string> names;
    if (!entry->has("parameters")) return names;
    for (const Var& item : *entry->getArray("parameters"))
    {
        auto parameter = item.extract<Object::Ptr>();
        if (parameter->has("$ref")) parameter = schema.find(parameter->get("$ref").toString());
        CPPUNIT_ASSERT_MESSAGE(path + ": a parameter refers to nothing", parameter);
        if (parameter->getValue<std::string>("in") == in)
            names.insert(parameter->getValue<std::string>("name"));
    }
    return names;
}

const ApiDescription& ApiDescription::shipped()
{
    static const ApiDescription description(
        []
        {
            std::ifstream file(std::string(BANKFEED_DOCS) + "/console-openapi.json");
            std::ostringstream text;
            text << file.rdbuf();
            CPPUNIT_ASSERT_MESSAGE("docs/console-openapi.json cannot be read", file.good());
            return text.str();
        }());
    return description;
}

ApiDescription::ApiDescription(const std::string& json)
    : document_(parsed(json)), schema_(document_)
{
    for (const auto& [path, methods] : *document_->getObject("paths"))
        for (const auto& [method, entry] : *methods.extract<Object::Ptr>())
            operations_.push_back(
                {Poco::toUpper(method), path.substr(1), entry.extract<Object::Ptr>()});
}

const ApiDescription::Operation* ApiDescription::find(
    const std::string& method, const std::string& path) const
{
    const Operation* found = nullptr;
    for (const Operation& operation : operations_)
    {
        if (operation.method != method || !fits(operation.path, path)) continue;
        if (found == nullptr || operation.path == path) found = &operation;
    }
    return found;
}

std::string ApiDescription::fault(
    const console::ConsoleRequest& request, const console::ConsoleResponse& response) const
{
    if (!request.path.starts_with("api/") || request.path.find('%') != std::string::npos) return "";
    const std::string what = request.method + " " + request.path + " ";
    const Operation* operation = find(request.method, request.path);
    if (operation == nullptr)
        return response.status >= 400
                   ? ""
                   : what + "has no entry in docs/console-openapi.json: describe "
                            "its request and its answer there.";
    std::string wrong = answerFault(*operation, response);
    if (wrong.empty() && response.status < 300) wrong = requestFault(*operation, request);
    return wrong.empty() ? ""
                         : what + "is not what docs/console-openapi.json says, at " + wrong +
                               " in " + response.body;
}

std::string ApiDescription::answerFault(
    const Operation& operation, const console::ConsoleResponse& response) const
{
    const auto answers = operation.entry->getObject("responses");
    const std::string status = std::to_string(response.status);
    if (response.status < 300 && !answers->has(status)) return "status " + status;
    auto answer = answers->getObject(answers->has(status) ? status : "default");
    if (answer->has("$ref")) answer = schema_.find(answer->get("$ref").toString());
    const auto schema = schemaOf(answer);
    if (!schema) return "status " + status + ": no schema";
    Poco::JSON::Parser parser;
    return schema_.fault(schema, parser.parse(response.body), "answer");
}

std::string ApiDescription::requestFault(
    const Operation& operation, const console::ConsoleRequest& request) const
{
    const auto query = console::readQuery(request.query);
    const auto known = operation.parameters(schema_, "query");
    if (query.ok())
        for (const auto& [name, ignored] : *query)
            if (!known.contains(name)) return "query: " + name + " is not described";
    if (request.body.empty()) return "";
    const auto schema = schemaOf(operation.entry->getObject("requestBody"));
    if (!schema) return "request: no schema";
    Poco::JSON::Parser parser;
    return schema_.fault(schema, parser.parse(std::string(request.body)), "request");
}

} // namespace bankfeed::testing
