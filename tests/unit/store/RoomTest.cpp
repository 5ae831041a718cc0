#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace
{

std::string textOf(const std::filesystem::path& file)
{
    std::ifstream in(file);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::vector<std::filesystem::path> sources()
{
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(STORE_SOURCES))
    {
        const auto kind = entry.path().extension();
        if (kind == ".h" || kind == ".cpp") files.push_back(entry.path());
    }
    return files;
}

} // namespace

/// The rules of the room that a reader could break without noticing.
class RoomTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RoomTest);
    CPPUNIT_TEST(pocoAndTheEnginesStayInTheFilesOfTheDatabase);
    CPPUNIT_TEST(transactionsBeginAndEndInOnePlace);
    CPPUNIT_TEST(whatPocoGetsWrongIsNotUsed);
    CPPUNIT_TEST_SUITE_END();

    static void forbid(
        const std::vector<std::string>& words, const std::vector<std::string>& except)
    {
        std::size_t looked = 0;
        for (const auto& file : sources())
        {
            ++looked;
            const std::string name = file.filename().string();
            bool excepted = false;
            for (const std::string& head : except)
                excepted = excepted || name.starts_with(head);
            const std::string text = excepted ? "" : textOf(file);
            for (const std::string& word : words)
            {
                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                    name + " holds " + word, std::string::npos, text.find(word));
            }
        }
        CPPUNIT_ASSERT(looked > 20);
    }

public:
    void pocoAndTheEnginesStayInTheFilesOfTheDatabase()
    {
        forbid({"Poco/", "Poco::", "sqlite3.h", "libpq-fe.h"},
            {"DatabaseStatement", "DatabaseSqliteSession.cpp", "DatabasePostgresql"});
        forbid({"store/DatabaseStatement.h", "store/DatabasePostgresqlConnection.h"}, {"Database"});
    }

    void transactionsBeginAndEndInOnePlace()
    {
        forbid(
            {"\"BEGIN", "\"COMMIT", "\"ROLLBACK", "SAVEPOINT"}, {"UnitOfWork.cpp", "Dialect.cpp"});
    }

    void whatPocoGetsWrongIsNotUsed()
    {
        forbid({"SessionPool", "Data::Transaction", "Data/Transaction", "reconnect(", "defaultPool",
                   "Logger", "initializeSSL", "registerConnector"},
            {});
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RoomTest);
