#include "support/BothEngines.h"

#include "base/Limits.h"

#include <limits>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::codeOf;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::TestDatabase;

namespace
{

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

const std::vector<std::string>& nastyTexts()
{
    static const std::vector<std::string> texts{"", "NULL", "null", "\"", "\\", "\\\"", "'", "''",
        "{", "}", "{}", "{a,b}", ",", "a,b", "$1", "?", ":a", "%s", "--", "/*", ";", "\r\n", "\t",
        "\x01", "\x7f", "  blanks  ", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8f\xa6",
        "\xe4\xb8\xad\xe6\x96\x87", "\xef\xbf\xbd", "123", "-0", "1e5", "true", "\\x00", "\\N",
        "{\"a\": \"b\\\\c\"}", std::string(100'000, '"')};
    return texts;
}

void makeTable(TestDatabase& database)
{
    good(database->write(
        [](Unit& unit) -> Result<void>
        {
            unit.execute("CREATE TABLE item (id BIGINT PRIMARY KEY, units BIGINT, name TEXT)");
            return success();
        }));
}

const std::vector<std::string> itemColumns{"id BIGINT", "units BIGINT", "name TEXT"};

} // namespace

class ValuesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ValuesTest);
    CPPUNIT_TEST(integersAreExactAtTheirLimits);
    CPPUNIT_TEST(textsAreExact);
    CPPUNIT_TEST(nullIsNotEmpty);
    CPPUNIT_TEST(aTextWithNulIsRefused);
    CPPUNIT_TEST(expressionsHaveTheirTypes);
    CPPUNIT_TEST(floatingPointIsRefused);
    CPPUNIT_TEST(aSumThatOverflowsIsRefused);
    CPPUNIT_TEST(textIsComparedByteByByte);
    CPPUNIT_TEST(tooManyRowsAreRefused);
    CPPUNIT_TEST(manyRowsGoInExactly);
    CPPUNIT_TEST(manyRowsCountWhatTheyTouch);
    CPPUNIT_TEST(aFailedRowTakesAllRowsBack);
    CPPUNIT_TEST(moreRowsThanAUnitMayWriteAreRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void integersAreExactAtTheirLimits()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeTable(database);
                for (const std::int64_t value : {largest, smallest, std::int64_t{0},
                         std::int64_t{-1}, std::int64_t{9'007'199'254'740'993}})
                {
                    const auto back = database->write(
                        [&](Unit& unit) -> Result<std::int64_t>
                        {
                            unit.execute("DELETE FROM item");
                            unit.execute("INSERT INTO item (id, units) VALUES (1, $1)", {value});
                            return unit.query("SELECT units FROM item WHERE units = $1", {value})
                                .number(0, 0);
                        });
                    CPPUNIT_ASSERT_EQUAL(value, *good(back));
                }
            });
    }

    void textsAreExact()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeTable(database);
                for (const std::string& text : nastyTexts())
                {
                    const auto back = database->write(
                        [&](Unit& unit) -> Result<std::string>
                        {
                            unit.execute("DELETE FROM item");
                            unit.execute("INSERT INTO item (id, name) VALUES (1, $1)", {text});
                            return unit.query("SELECT name FROM item WHERE name = $1", {text})
                                .text(0, 0);
                        });
                    CPPUNIT_ASSERT_EQUAL(text, *good(back));
                }
            });
    }

    void nullIsNotEmpty()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeTable(database);
                const auto rows = database->write(
                    [&](Unit& unit) -> Result<Rows>
                    {
                        unit.execute("INSERT INTO item (id, units, name) VALUES ($1, $2, $3)",
                            {1, Value(), Value()});
                        unit.execute(
                            "INSERT INTO item (id, units, name) VALUES ($1, $2, $3)", {2, 0, ""});
                        return unit.query("SELECT units, name FROM item ORDER BY id");
                    });
                good(rows);
                CPPUNIT_ASSERT(rows->isNull(0, 0) && rows->isNull(0, 1));
                CPPUNIT_ASSERT(!rows->maybeNumber(0, 0) && !rows->maybeText(0, 1));
                CPPUNIT_ASSERT_THROW((void)rows->text(0, 1), BrokenInvariant);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rows->number(1, 0));
                CPPUNIT_ASSERT_EQUAL(std::string(), rows->text(1, 1));
                CPPUNIT_ASSERT_THROW((void)rows->number(1, 1), BrokenInvariant);
                CPPUNIT_ASSERT_THROW((void)rows->number(2, 0), BrokenInvariant);
                CPPUNIT_ASSERT_THROW((void)rows->number(0, 2), BrokenInvariant);
            });
    }

    void aTextWithNulIsRefused()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeTable(database);
                const std::string text("a\0b", 3);
                const auto one = [&](Unit& unit) -> Result<void>
                {
                    unit.execute("INSERT INTO item (id, name) VALUES (1, $1)", {text});
                    return success();
                };
                CPPUNIT_ASSERT_THROW((void)database->write(one), BrokenInvariant);
                const auto many = [&](Unit& unit) -> Result<void>
                {
                    unit.insertMany("item", itemColumns, {1, 1, text}, "");
                    return success();
                };
                CPPUNIT_ASSERT_THROW((void)database->write(many), BrokenInvariant);
            });
    }

    void expressionsHaveTheirTypes()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeTable(database);
                const auto rows = database->write(
                    [&](Unit& unit) -> Result<Rows>
                    {
                        unit.insertMany("item", itemColumns, {1, 40, "4", 2, 2, "2"}, "");
                        return unit.query(
                            "SELECT COUNT(*), SUM(units), MAX(units), MIN(name), name || "
                            "'2', units > 2, CASE WHEN units > 2 THEN 1 ELSE 0 END, "
                            "NULL, '5', 6 FROM item GROUP BY name, units ORDER BY name");
                    });
                good(rows);
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows->size());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, rows->number(1, 0));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{40}, rows->number(1, 1));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{40}, rows->number(1, 2));
                CPPUNIT_ASSERT_EQUAL(std::string("4"), rows->text(1, 3));
                CPPUNIT_ASSERT_EQUAL(std::string("42"), rows->text(1, 4));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, rows->number(1, 5));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, rows->number(0, 6));
                CPPUNIT_ASSERT(rows->isNull(1, 7));
                CPPUNIT_ASSERT_EQUAL(std::string("5"), rows->text(1, 8));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, rows->number(1, 9));
            });
    }

    void floatingPointIsRefused()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const auto rows = database->read([](Unit& unit) -> Result<Rows>
                    { return unit.query("SELECT CAST(1.5 AS DOUBLE PRECISION)"); });
                CPPUNIT_ASSERT_EQUAL(std::string("store.column_type"), codeOf(rows));
            });
    }

    void aSumThatOverflowsIsRefused()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeTable(database);
                const auto rows = database->write(
                    [](Unit& unit) -> Result<Rows>
                    {
                        unit.insertMany("item", itemColumns, {1, largest, "", 2, 1, ""}, "");
                        return unit.query("SELECT SUM(units) FROM item");
                    });
                CPPUNIT_ASSERT(!rows.ok());
            });
    }

    void textIsComparedByteByByte()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                const auto rows = database->write(
                    [](Unit& unit) -> Result<Rows>
                    {
                        for (const char* name : {"b", "a-c", "_", "B", "ab", "a", "\xc3\xa9", "Z"})
                            unit.execute(
                                "INSERT INTO meta (name, value) VALUES ($1, 'order')", {name});
                        return unit.query(
                            "SELECT name FROM meta WHERE value = 'order' ORDER BY name");
                    });
                good(rows);
                std::string order;
                for (std::size_t i = 0; i < rows->size(); ++i)
                    order += rows->text(i, 0) + " ";
                CPPUNIT_ASSERT_EQUAL(std::string("B Z _ a a-c ab b \xc3\xa9 "), order);
            });
    }

    void tooManyRowsAreRefused()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeTable(database);
                const auto count = [&](const char* limit)
                {
                    return database->write(
                        [&](Unit& unit) -> Result<std::size_t>
                        {
                            unit.execute("DELETE FROM item");
                            for (std::int64_t from = 0; from <= 10'000; from += 500)
                            {
                                std::vector<Value> cells;
                                for (std::int64_t i = from; i < from + 500; ++i)
                                    cells.insert(cells.end(), {i, 1, ""});
                                unit.insertMany("item", itemColumns, cells, "");
                            }
                            return unit.query(std::string("SELECT id FROM item LIMIT ") + limit)
                                .size();
                        });
                };
                CPPUNIT_ASSERT_EQUAL(std::size_t{10'000}, *good(count("10000")));
                CPPUNIT_ASSERT_EQUAL(std::string("store.too_many_rows"), codeOf(count("10001")));
            });
    }

    void manyRowsGoInExactly()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeTable(database);
                std::vector<Value> cells;
                for (std::int64_t i = 0; i < 500; ++i)
                {
                    const auto& texts = nastyTexts();
                    const std::size_t which = static_cast<std::size_t>(i) % (texts.size() + 1);
                    cells.emplace_back(i);
                    cells.emplace_back(
                        i % 7 == 0 ? Value() : Value(i % 2 == 0 ? largest - i : smallest + i));
                    cells.emplace_back(which == texts.size() ? Value() : Value(texts[which]));
                }
                const auto rows = database->write(
                    [&](Unit& unit) -> Result<Rows>
                    {
                        CPPUNIT_ASSERT_EQUAL(
                            std::int64_t{500}, unit.insertMany("item", itemColumns, cells, ""));
                        return unit.query("SELECT id, units, name FROM item ORDER BY id");
                    });
                good(rows);
                CPPUNIT_ASSERT_EQUAL(std::size_t{500}, rows->size());
                for (std::size_t i = 0; i < 500; ++i)
                {
                    const Value& units = cells[i * 3 + 1];
                    const Value& name = cells[i * 3 + 2];
                    CPPUNIT_ASSERT_EQUAL(units.isNull(), rows->isNull(i, 1));
                    if (units.number() != nullptr)
                        CPPUNIT_ASSERT_EQUAL(*units.number(), rows->number(i, 1));
                    CPPUNIT_ASSERT_EQUAL(name.isNull(), rows->isNull(i, 2));
                    if (name.text() != nullptr)
                        CPPUNIT_ASSERT_EQUAL(*name.text(), rows->text(i, 2));
                }
            });
    }

    void manyRowsCountWhatTheyTouch()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeTable(database);
                good(database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        const std::vector<Value> cells{1, 1, "a", 2, 2, "b"};
                        const auto put = [&](const char* tail)
                        { return unit.insertMany("item", itemColumns, cells, tail); };
                        CPPUNIT_ASSERT_EQUAL(
                            std::int64_t{0}, unit.insertMany("item", itemColumns, {}, ""));
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, put(""));
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, put("ON CONFLICT (id) DO NOTHING"));
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
                            put("ON CONFLICT (id) DO UPDATE SET units = excluded.units"));
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                            put("ON CONFLICT (id) DO UPDATE SET units = excluded.units + 1 WHERE "
                                "item.id = 2"));
                        CPPUNIT_ASSERT_EQUAL(
                            std::int64_t{2}, unit.execute("UPDATE item SET units = units"));
                        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, unit.execute("DELETE FROM item"));
                        return success();
                    }));
            });
    }

    void aFailedRowTakesAllRowsBack()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeTable(database);
                const auto written = database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        try
                        {
                            unit.insertMany(
                                "item", itemColumns, {1, 1, "a", 2, 2, "b", 1, 3, "c"}, "");
                        }
                        catch (const StatementFailed&)
                        {
                        }
                        return success();
                    });
                CPPUNIT_ASSERT_EQUAL(std::string("store.conflict"), codeOf(written));
                const auto count = database->read([](Unit& unit) -> Result<std::int64_t>
                    { return unit.query("SELECT COUNT(*) FROM item").number(0, 0); });
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, *good(count));
            });
    }

    void moreRowsThanAUnitMayWriteAreRefused()
    {
        onBothEngines(
            [](TestDatabase& database)
            {
                makeTable(database);
                const auto writing = [&]
                {
                    return database->write(
                        [&](Unit& unit) -> Result<void>
                        {
                            const std::vector<Value> cells((limits::rowsPerUnit + 1) * 3);
                            unit.insertMany("item", itemColumns, cells, "");
                            return success();
                        });
                };
                CPPUNIT_ASSERT_THROW((void)writing(), BrokenInvariant);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ValuesTest);
