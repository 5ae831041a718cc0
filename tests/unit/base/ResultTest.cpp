#include "base/Result.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>

using namespace bankfeed;
using namespace std::string_literals;

namespace
{

Result<int> half(int number)
{
    if (number % 2 != 0) return Error::invalid("odd", "The number is odd.");
    return number / 2;
}

Result<std::string> quarter(int number)
{
    BF_LET(first, half(number));
    BF_LET(second, half(first));
    return std::to_string(second);
}

Result<void> check(int number)
{
    BF_TRY(half(number));
    return success();
}

} // namespace

class ResultTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ResultTest);
    CPPUNIT_TEST(holdsAValueOrAnError);
    CPPUNIT_TEST(throwsWhenTheWrongSideIsRead);
    CPPUNIT_TEST(carriesErrorsUp);
    CPPUNIT_TEST(movesWhatCannotBeCopied);
    CPPUNIT_TEST(everyMakerOfErrorsSetsItsKind);
    CPPUNIT_TEST(assertionsThrowAndNameTheirPlace);
    CPPUNIT_TEST_SUITE_END();

public:
    void holdsAValueOrAnError()
    {
        CPPUNIT_ASSERT(half(4).ok() && *half(4) == 2);
        CPPUNIT_ASSERT(!half(3).ok());
        CPPUNIT_ASSERT_EQUAL("odd"s, half(3).error().code);
        CPPUNIT_ASSERT(check(2).ok());
        CPPUNIT_ASSERT_EQUAL("odd"s, check(1).error().code);
        CPPUNIT_ASSERT(success().ok());
    }

    void throwsWhenTheWrongSideIsRead()
    {
        CPPUNIT_ASSERT_THROW(static_cast<void>(half(3).value()), BrokenInvariant);
        CPPUNIT_ASSERT_THROW(static_cast<void>(half(4).error()), BrokenInvariant);
        CPPUNIT_ASSERT_THROW(static_cast<void>(success().error()), BrokenInvariant);
    }

    void carriesErrorsUp()
    {
        CPPUNIT_ASSERT_EQUAL("3"s, *quarter(12));
        CPPUNIT_ASSERT_EQUAL("odd"s, quarter(6).error().code);
        CPPUNIT_ASSERT_EQUAL("odd"s, quarter(7).error().code);
    }

    void movesWhatCannotBeCopied()
    {
        Result<std::unique_ptr<int>> owner{std::make_unique<int>(5)};
        const std::unique_ptr<int> taken = std::move(owner).value();
        CPPUNIT_ASSERT_EQUAL(5, *taken);
    }

    void everyMakerOfErrorsSetsItsKind()
    {
        CPPUNIT_ASSERT(Error::invalid("c", "t").kind == ErrorKind::Invalid);
        CPPUNIT_ASSERT(Error::notFound("c", "t").kind == ErrorKind::NotFound);
        CPPUNIT_ASSERT(Error::conflict("c", "t").kind == ErrorKind::Conflict);
        CPPUNIT_ASSERT(Error::denied("c", "t").kind == ErrorKind::Denied);
        CPPUNIT_ASSERT(Error::unknown("c", "t").kind == ErrorKind::Unknown);
        CPPUNIT_ASSERT(Error::exhausted("c", "t").kind == ErrorKind::Exhausted);
        CPPUNIT_ASSERT(Error::corrupt("c", "t").kind == ErrorKind::Corrupt);
        CPPUNIT_ASSERT(Error::internal("c", "t").kind == ErrorKind::Internal);
        CPPUNIT_ASSERT(Error::stopping().kind == ErrorKind::Stopping);
        const Error later = Error::retry("c", "t", std::chrono::seconds{3});
        CPPUNIT_ASSERT(later.kind == ErrorKind::Retry);
        CPPUNIT_ASSERT(later.retryAfter == std::chrono::seconds{3});
        CPPUNIT_ASSERT(later.remedy == Remedy::None);
    }

    void assertionsThrowAndNameTheirPlace()
    {
        BF_ASSERT(true);
        try
        {
            BF_ASSERT(1 + 1 == 3);
            CPPUNIT_FAIL("did not throw");
        }
        catch (const BrokenInvariant& broken)
        {
            const std::string text = broken.what();
            CPPUNIT_ASSERT(text.find("ResultTest.cpp:") != std::string::npos);
            CPPUNIT_ASSERT(text.find("1 + 1 == 3") != std::string::npos);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ResultTest);
