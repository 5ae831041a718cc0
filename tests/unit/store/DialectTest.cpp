#include "store/Dialect.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace bankfeed;
using namespace bankfeed::store;

class DialectTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DialectTest);
    CPPUNIT_TEST(textColumnsAreCollatedOnPostgresqlOnly);
    CPPUNIT_TEST(parametersComeInOrderAndOnce);
    CPPUNIT_TEST(arraysAreWrittenAsPostgresqlReadsThem);
    CPPUNIT_TEST(manyRowsAreInsertedInEachEnginesWay);
    CPPUNIT_TEST_SUITE_END();

public:
    void textColumnsAreCollatedOnPostgresqlOnly()
    {
        const std::string sql =
            "CREATE TABLE a (b TEXT PRIMARY KEY, c BIGINT, TEXTURE BIGINT, d TEXT)";
        CPPUNIT_ASSERT_EQUAL(sql, dialect::definition(Engine::Sqlite, sql));
        CPPUNIT_ASSERT_EQUAL(
            std::string("CREATE TABLE a (b TEXT COLLATE \"C\" PRIMARY KEY, c BIGINT, "
                        "TEXTURE BIGINT, d TEXT COLLATE \"C\")"),
            dialect::definition(Engine::Postgresql, sql));
    }

    void parametersComeInOrderAndOnce()
    {
        CPPUNIT_ASSERT(dialect::placeholdersInOrder("SELECT 1", 0));
        CPPUNIT_ASSERT(dialect::placeholdersInOrder("SELECT $1, $2", 2));
        CPPUNIT_ASSERT(dialect::placeholdersInOrder("$1$2 $3,$4,$5,$6,$7,$8,$9,$10,$11", 11));
        CPPUNIT_ASSERT(dialect::placeholdersInOrder("SELECT '$', '$x', $1", 1));
        CPPUNIT_ASSERT(!dialect::placeholdersInOrder("SELECT $1", 0));
        CPPUNIT_ASSERT(!dialect::placeholdersInOrder("SELECT $1", 2));
        CPPUNIT_ASSERT(!dialect::placeholdersInOrder("SELECT $2, $1", 2));
        CPPUNIT_ASSERT(!dialect::placeholdersInOrder("SELECT $1, $1", 1));
        CPPUNIT_ASSERT(!dialect::placeholdersInOrder("SELECT $0, $1", 2));
        CPPUNIT_ASSERT(!dialect::placeholdersInOrder("SELECT $1, $999999999999999999999", 2));
    }

    void arraysAreWrittenAsPostgresqlReadsThem()
    {
        const std::vector<Value> cells{1, "a\"b\\c", Value(), "", -5, "NULL"};
        CPPUNIT_ASSERT_EQUAL(std::string("{1,NULL,-5}"), dialect::arrayLiteral(cells, 0, 2));
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"a\\\"b\\\\c\",\"\",\"NULL\"}"), dialect::arrayLiteral(cells, 1, 2));
    }

    void manyRowsAreInsertedInEachEnginesWay()
    {
        const std::vector<std::string> columns{"id BIGINT", "name TEXT"};
        CPPUNIT_ASSERT_EQUAL(std::string("INSERT INTO item (id, name) VALUES ($1, $2) x"),
            dialect::insertMany(Engine::Sqlite, "item", columns, "x"));
        CPPUNIT_ASSERT_EQUAL(std::string("INSERT INTO item (id, name) SELECT * FROM "
                                         "unnest($1::BIGINT[], $2::TEXT[]) x"),
            dialect::insertMany(Engine::Postgresql, "item", columns, "x"));
        CPPUNIT_ASSERT_THROW(
            dialect::insertMany(Engine::Sqlite, "item", {"id"}, ""), BrokenInvariant);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DialectTest);
