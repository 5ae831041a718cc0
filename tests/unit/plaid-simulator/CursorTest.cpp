#include "Cursor.h"
#include "Base64.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using namespace plaidsim;

class CursorTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CursorTest);
    CPPUNIT_TEST(whatIsEncodedIsDecoded);
    CPPUNIT_TEST(theLongestCursorFitsInto256Characters);
    CPPUNIT_TEST(anAlteredCursorIsRefused);
    CPPUNIT_TEST(anInventedCursorIsRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void whatIsEncodedIsDecoded()
    {
        const Cursor made{"item", "account", 7, 3, 90, 2};
        const auto read = Cursor::decode(made.encode());
        CPPUNIT_ASSERT(read.has_value());
        CPPUNIT_ASSERT_EQUAL(made.itemId, read->itemId);
        CPPUNIT_ASSERT_EQUAL(made.stream, read->stream);
        CPPUNIT_ASSERT_EQUAL(made.sequence, read->sequence);
        CPPUNIT_ASSERT_EQUAL(made.loopStart, read->loopStart);
        CPPUNIT_ASSERT_EQUAL(made.loopEnd, read->loopEnd);
        CPPUNIT_ASSERT_EQUAL(made.page, read->page);
    }

    void theLongestCursorFitsInto256Characters()
    {
        const std::string id(37, 'x');
        const std::uint64_t far = 9'999'999'999;
        CPPUNIT_ASSERT(Cursor({id, id, far, far, far, 99'999}).encode().size() <= 256);
    }

    void anAlteredCursorIsRefused()
    {
        const std::string good = Cursor{"item", "", 7, 3, 90, 2}.encode();
        for (std::size_t i = 0; i < good.size(); ++i)
        {
            std::string bad = good;
            bad[i] = bad[i] == 'A' ? 'B' : 'A';
            CPPUNIT_ASSERT_MESSAGE(bad, !Cursor::decode(bad).has_value());
        }
    }

    void anInventedCursorIsRefused()
    {
        CPPUNIT_ASSERT(!Cursor::decode("").has_value());
        CPPUNIT_ASSERT(!Cursor::decode("hello").has_value());
        CPPUNIT_ASSERT(!Cursor::decode(base64("1|item||7|0|0|0|000000000000")).has_value());
        CPPUNIT_ASSERT(!Cursor::decode(std::string(300, 'A')).has_value());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CursorTest);
