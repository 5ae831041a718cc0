// Runs a test on SQLite and on PostgreSQL.
#pragma once

#include "support/TestDatabase.h"

#include <cppunit/Exception.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace bankfeed::testing
{

/// Calls `test(database)` with a fresh database of each engine; a failure says on which.
template <class Test>
void onBothEngines(Test&& test, TestDatabase::Schema schema = TestDatabase::Schema::Migrated)
{
    for (const auto engine : {store::Engine::Sqlite, store::Engine::Postgresql})
    {
        const std::string name = engine == store::Engine::Sqlite ? "on SQLite" : "on PostgreSQL";
        try
        {
            TestDatabase database(engine, schema);
            test(database);
        }
        catch (CppUnit::Exception& failure)
        {
            CppUnit::Message message = failure.message();
            message.addDetail(name);
            failure.setMessage(message);
            throw;
        }
        catch (const std::exception& failure)
        {
            throw CppUnit::Exception(
                CppUnit::Message("unexpected exception", name, failure.what()));
        }
    }
}

/// Fails with the error's code and text when the result is one.
template <class T>
const Result<T>& good(const Result<T>& result)
{
    if (!result.ok()) CPPUNIT_FAIL(std::string(result.error().code) + ": " + result.error().text);
    return result;
}

/// The code of the error, or "ok".
template <class T>
std::string codeOf(const Result<T>& result)
{
    return result.ok() ? "ok" : result.error().code;
}

} // namespace bankfeed::testing
