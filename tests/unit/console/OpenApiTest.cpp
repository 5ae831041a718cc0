#include "unit/console/ApiDescription.h"
#include "unit/console/ConsoleWorld.h"

#include <Poco/JSON/Array.h>
#include <cppunit/extensions/HelperMacros.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>

namespace bankfeed::testing
{

using console::Route;
using Poco::Dynamic::Var;
using Poco::JSON::Array;
using Poco::JSON::Object;

namespace
{

std::vector<Route> routes()
{
    World world(store::Engine::Sqlite);
    ConsoleWorld w(world);
    return w.console.router().routes();
}

std::string nameOf(const Route& route)
{
    return route.method + " " + route.pattern;
}

/// "GET api/held" and "view" from the rows of the document's table, without queries.
std::map<std::string, std::string> documentedTable()
{
    std::ifstream file(std::string(BANKFEED_DOCS) + "/console-api.md");
    CPPUNIT_ASSERT_MESSAGE("docs/console-api.md cannot be read", file.good());
    static const std::regex row(R"(\| `(GET|POST) (api/[^`?]*)(\?[^`]*)?` \| (\w+) \|.*)");
    std::map<std::string, std::string> table;
    std::string line;
    std::smatch found;
    while (std::getline(file, line))
        if (std::regex_match(line, found, row))
            table[found[1].str() + " " + found[2].str()] = found[4].str();
    return table;
}

/// Every "$ref" below a value.
void collectReferences(const Var& value, std::set<std::string>& references)
{
    if (value.isEmpty()) return;
    if (value.type() == typeid(Array::Ptr))
        for (const Var& item : *value.extract<Array::Ptr>())
            collectReferences(item, references);
    if (value.type() != typeid(Object::Ptr)) return;
    for (const auto& [name, member] : *value.extract<Object::Ptr>())
    {
        if (name == "$ref") references.insert(member.toString());
        collectReferences(member, references);
    }
}

} // namespace

/// The description that is shipped with the plugin and the SDK says what the code does. What each
/// answer looks like is checked wherever a test asks the console: ConsoleWorld::ask.
class OpenApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OpenApiTest);
    CPPUNIT_TEST(everyRouteIsDescribedWithItsCapabilityAndTenancy);
    CPPUNIT_TEST(everythingDescribedIsARoute);
    CPPUNIT_TEST(theDocumentInWordsHasTheSameTable);
    CPPUNIT_TEST(everyReferenceLeadsSomewhereAndEverySchemaIsUsed);
    CPPUNIT_TEST(anAnswerThatIsNotDescribedIsSeen);
    CPPUNIT_TEST(aValueIsHeldAgainstEveryKeyword);
    CPPUNIT_TEST_SUITE_END();

    const ApiDescription& description_ = ApiDescription::shipped();

public:
    void everyRouteIsDescribedWithItsCapabilityAndTenancy()
    {
        for (const Route& route : routes())
        {
            const auto* operation = description_.find(route.method, route.pattern);
            CPPUNIT_ASSERT_MESSAGE(nameOf(route) + " has no entry in docs/console-openapi.json: "
                                                   "describe its request and its answer there.",
                operation != nullptr && operation->path == route.pattern);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(nameOf(route) + ": x-bankfeed-needs",
                std::string(console::nameOf(route.needs)), operation->text("x-bankfeed-needs"));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(nameOf(route) + ": x-bankfeed-within",
                std::string(console::nameOf(route.within)), operation->text("x-bankfeed-within"));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(nameOf(route) + ": the parameter id",
                route.pattern.find("{id}") != std::string::npos,
                operation->parameters(description_.schema(), "path").contains("id"));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(nameOf(route) + ": security (the token)", route.mutating(),
                operation->entry->has("security"));
        }
    }

    void everythingDescribedIsARoute()
    {
        std::set<std::string> there;
        for (const Route& route : routes())
            there.insert(nameOf(route));
        std::set<std::string> ids;
        for (const auto& operation : description_.operations())
        {
            const std::string name = operation.method + " " + operation.path;
            CPPUNIT_ASSERT_MESSAGE(
                name + " is in docs/console-openapi.json, and is no route", there.contains(name));
            const std::string id = operation.text("operationId");
            CPPUNIT_ASSERT_MESSAGE(name + ": operationId", !id.empty() && ids.insert(id).second);
            CPPUNIT_ASSERT_MESSAGE(name + ": summary", !operation.text("summary").empty());
        }
    }

    void theDocumentInWordsHasTheSameTable()
    {
        auto table = documentedTable();
        for (const Route& route : routes())
        {
            CPPUNIT_ASSERT_MESSAGE(
                nameOf(route) + " has no row in the table of docs/console-api.md",
                table.contains(nameOf(route)));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(nameOf(route) + " in docs/console-api.md",
                std::string(console::nameOf(route.needs)), table.at(nameOf(route)));
            table.erase(nameOf(route));
        }
        CPPUNIT_ASSERT_MESSAGE(
            table.empty() ? "" : table.begin()->first + " of docs/console-api.md is no route",
            table.empty());
    }

    void everyReferenceLeadsSomewhereAndEverySchemaIsUsed()
    {
        std::set<std::string> references;
        collectReferences(Var(description_.document()), references);
        for (const std::string& reference : references)
            CPPUNIT_ASSERT_MESSAGE(reference, description_.schema().find(reference));
        for (const auto& [name, ignored] : *description_.schema().find("#/components/schemas"))
            CPPUNIT_ASSERT_MESSAGE(
                name + " is used nowhere", references.contains("#/components/schemas/" + name));
    }

    void anAnswerThatIsNotDescribedIsSeen()
    {
        World world(store::Engine::Sqlite);
        ConsoleWorld w(world);
        const auto request = ConsoleWorld::made("GET", "api/tenant", "", adaPrincipal());
        auto response = w.console.handle(request);
        CPPUNIT_ASSERT_EQUAL(std::string(), description_.fault(request, response));
        const std::string good = response.body;
        for (const char* body :
            {R"({"tenant":"main"})", R"({"tenant":"main","erasure":null,"x":1})",
                R"({"tenant":7,"erasure":null})", R"({"tenant":"main","erasure":"no"})"})
        {
            response.body = body;
            CPPUNIT_ASSERT_MESSAGE(body, !description_.fault(request, response).empty());
        }
        response.body = good;
        response.status = 202;
        CPPUNIT_ASSERT(!description_.fault(request, response).empty());
        response.status = 409;
        CPPUNIT_ASSERT(!description_.fault(request, response).empty());
        response.body = R"({"error":{"code":"a.b","params":{"x":1},"text":"t"}})";
        CPPUNIT_ASSERT_EQUAL(std::string(), description_.fault(request, response));
        auto asked = ConsoleWorld::made("GET", "api/tenant?more=1", "", adaPrincipal());
        CPPUNIT_ASSERT(!description_.fault(asked, w.console.handle(asked)).empty());
    }

    void aValueIsHeldAgainstEveryKeyword()
    {
        Poco::JSON::Parser parser;
        const auto fits = [&](const std::string& schema, const std::string& value)
        {
            parser.reset();
            const auto wanted = parser.parse(schema).extract<Object::Ptr>();
            parser.reset();
            const auto holder = parser.parse("{\"v\":" + value + "}").extract<Object::Ptr>();
            return JsonSchema(new Object).fault(wanted, holder->get("v")).empty();
        };
        struct Case
        {
            const char* schema;
            const char* good;
            const char* bad;
        };
        for (const Case& one : {Case{R"({"type":"integer"})", "7", "true"},
                 Case{R"({"type":"string"})", R"("7")", "7"},
                 Case{R"({"type":["string","null"]})", "null", "7"},
                 Case{R"({"type":"boolean"})", "false", "0"},
                 Case{R"({"type":"string","enum":["a","b"]})", R"("b")", R"("c")"},
                 Case{R"({"const":"a"})", R"("a")", R"("b")"},
                 Case{R"({"format":"date"})", R"("2026-02-28")", R"("2026-02-30")"},
                 Case{R"({"format":"date-time"})", R"("2026-02-28T10:00:00Z")", R"("10:00")"},
                 Case{R"({"pattern":"^a+$"})", R"("aa")", R"("ab")"},
                 Case{R"({"minimum":0,"maximum":8})", "8", "9"},
                 Case{R"({"minimum":0})", "0", "-1"}, Case{R"({"maxItems":1})", "[1]", "[1,2]"},
                 Case{R"({"items":{"type":"integer"}})", "[1]", R"([1,"2"])"},
                 Case{R"({"anyOf":[{"type":"null"},{"type":"integer"}]})", "1", R"("1")"},
                 Case{R"({"required":["a"]})", R"({"a":null})", R"({"b":1})"},
                 Case{R"({"type":"object","properties":{"a":{"type":"null"}}})", R"({"a":null})",
                     R"({"b":null})"},
                 Case{R"({"type":"object","additionalProperties":{"type":"integer"}})",
                     R"({"a":1})", R"({"a":"1"})"}})
        {
            CPPUNIT_ASSERT_MESSAGE(one.schema, fits(one.schema, one.good));
            CPPUNIT_ASSERT_MESSAGE(one.schema, !fits(one.schema, one.bad));
        }
        CPPUNIT_ASSERT(!fits(R"({"requird":["a"]})", R"({"a":1})"));
        CPPUNIT_ASSERT(!fits(R"({"$ref":"#/nowhere"})", "1"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OpenApiTest);

} // namespace bankfeed::testing
