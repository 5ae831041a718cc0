// A world with a console in it, and short words for asking it.
#pragma once

#include "console/Console.h"
#include "unit/console/ApiDescription.h"
#include "unit/link/LinkWorld.h"

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <sstream>
#include <string>
#include <vector>

namespace bankfeed::testing
{

inline constexpr std::uint32_t canView = 1;
inline constexpr std::uint32_t canLink = 2;
inline constexpr std::uint32_t canOperate = 4;

inline console::Principal adaPrincipal(std::uint32_t capabilities = 7)
{
    console::Principal who;
    who.tenant = World::tenant;
    who.userId = "u1";
    who.userName = "Ada Admin";
    who.sessionId = "login-1";
    who.capabilities = capabilities;
    return who;
}

/// What is at "a.b.0.c" of a JSON text, as text; fails the test when there is nothing.
inline std::string at(const std::string& json, const std::string& path)
{
    Poco::JSON::Parser parser;
    Poco::Dynamic::Var value = parser.parse(json);
    std::istringstream steps(path);
    std::string step;
    while (std::getline(steps, step, '.'))
    {
        if (value.type() == typeid(Poco::JSON::Object::Ptr))
        {
            const auto object = value.extract<Poco::JSON::Object::Ptr>();
            if (!object->has(step)) CPPUNIT_FAIL("no " + step + " in " + json);
            value = object->get(step);
        }
        else if (value.type() == typeid(Poco::JSON::Array::Ptr))
            value = value.extract<Poco::JSON::Array::Ptr>()->get(
                static_cast<unsigned>(std::stoul(step)));
        else
            CPPUNIT_FAIL("nothing below " + step + " in " + json);
    }
    if (value.isEmpty()) return "null";
    if (value.isString()) return value.convert<std::string>();
    return Poco::Dynamic::Var::toString(value);
}

/// The sorted names of the object at a path, with commas.
inline std::string keysAt(const std::string& json, const std::string& path = "")
{
    Poco::JSON::Parser parser;
    Poco::Dynamic::Var value = parser.parse(path.empty() ? json : at(json, path));
    std::string keys;
    for (const auto& [name, ignored] : *value.extract<Poco::JSON::Object::Ptr>())
        keys += (keys.empty() ? "" : ",") + name;
    return keys;
}

inline console::ConsoleSettings consoleSettings()
{
    console::ConsoleSettings settings;
    settings.environment = "sandbox";
    settings.version = "0.1.0";
    settings.publicUrl = "https://host/plugins/plaid/console/";
    settings.csrfKey = Secret("0123456789abcdef0123456789abcdef");
    return settings;
}

class ConsoleWorld
{
public:
    explicit ConsoleWorld(
        World& around, const console::ConsoleSettings& settings = consoleSettings())
        : world(around), links(around), console(ports(), settings, console::StaticFiles())
    {
    }

    /// Fails the test when the exchange is not as the shipped description of the API says.
    console::ConsoleResponse ask(const std::string& method, const std::string& target,
        const std::string& body = "", const console::Principal& who = adaPrincipal())
    {
        console::ConsoleRequest request = made(method, target, body, who);
        if (method == "POST")
            request.headers.emplace_back("X-Bankfeed-Csrf", console.csrf().token(who));
        auto response = console.handle(request);
        const std::string fault = ApiDescription::shipped().fault(request, response);
        if (!fault.empty()) CPPUNIT_FAIL(fault);
        return response;
    }
    static console::ConsoleRequest made(const std::string& method, const std::string& target,
        const std::string& body, const console::Principal& who)
    {
        console::ConsoleRequest request;
        request.method = method;
        const auto question = target.find('?');
        request.path = target.substr(0, question);
        if (question != std::string::npos) request.query = target.substr(question + 1);
        request.headers.emplace_back("Host", "host");
        if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
        request.body = body;
        request.principal = who;
        return request;
    }

    std::string get(const std::string& target)
    {
        const auto response = ask("GET", target);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(response.body, 200, response.status);
        return response.body;
    }
    std::string post(const std::string& target, const std::string& body, int status)
    {
        const auto response = ask("POST", target, body);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(response.body, status, response.status);
        return response.body;
    }

    World& world;
    LinkWorld links;
    std::vector<std::string> booksLookedAt; ///< The tenants whose ledger accounts were looked at.
    console::Console console;

private:
    console::ConsolePorts ports()
    {
        console::ConsolePorts all{*world.database, world.clock, world.random, world.wake,
            world.database.log(), links.sessions};
        all.booksLookedAt = [this](const std::string& tenant) { booksLookedAt.push_back(tenant); };
        return all;
    }
};

inline std::string headerOf(const console::ConsoleResponse& response, const std::string& name)
{
    std::string found;
    for (const auto& [header, value] : response.headers)
        if (header == name) found = value;
    return found;
}

} // namespace bankfeed::testing
