// Goal: what leaves the boundary is a status, and a text that fits and ends at a character.
#include "Boundary.h"
#include "HostPorts.h"
#include "PluginFixture.h"

#include "base/Utf8.h"

#include <cstring>
#include <stdexcept>

namespace bankfeed::testing
{

class BoundaryTest : public PluginFixture
{
    CPPUNIT_TEST_SUITE(BoundaryTest);
    CPPUNIT_TEST(longTextsEndAtACharacter);
    CPPUNIT_TEST(aTextOfTheRightLengthIsWhole);
    CPPUNIT_TEST(everyKindOfErrorHasItsStatus);
    CPPUNIT_TEST(adviceToRetryIsBounded);
    CPPUNIT_TEST(exceptionsBecomeStatuses);
    CPPUNIT_TEST(nothingIsWrittenWithoutAPlaceForIt);
    CPPUNIT_TEST(tokensAreTakenOutOfLines);
    CPPUNIT_TEST(secretsThatItKnowsAreTakenOutOfLines);
    CPPUNIT_TEST(linesAreOneLineOfBoundedLength);
    CPPUNIT_TEST_SUITE_END();

public:
    void longTextsEndAtACharacter()
    {
        // A character of one to four bytes, shifted so that the end falls on each of its bytes.
        for (const std::string character : {"x", "\xC3\xA4", "\xE8\xB4\xA6", "\xF0\x9F\x8F\xA6"})
        {
            for (std::size_t shift = 0; shift < 4; ++shift)
            {
                std::string text(shift, '.');
                while (text.size() < 400)
                    text += character;
                bf_error error = emptyError();
                plugin::report(&error, BF_E_INTERNAL, text);
                const std::string got = textOf(error);
                CPPUNIT_ASSERT(isUtf8(got));
                CPPUNIT_ASSERT(text.starts_with(got));
                CPPUNIT_ASSERT(got.size() > BF_ERROR_TEXT_SIZE - 1 - character.size());
                CPPUNIT_ASSERT_EQUAL('\0', error.text[BF_ERROR_TEXT_SIZE - 1]);
            }
        }
    }

    void aTextOfTheRightLengthIsWhole()
    {
        const std::string text(BF_ERROR_TEXT_SIZE - 1, 'x');
        bf_error error = emptyError();
        plugin::report(&error, BF_E_INTERNAL, text);
        CPPUNIT_ASSERT_EQUAL(text, textOf(error));
    }

    void everyKindOfErrorHasItsStatus()
    {
        const auto status = [](const Error& error)
        { return static_cast<int>(plugin::statusOf(error)); };
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, status(Error::invalid("a", "b")));
        CPPUNIT_ASSERT_EQUAL(BF_E_NOT_FOUND, status(Error::notFound("a", "b")));
        CPPUNIT_ASSERT_EQUAL(BF_E_CONFLICT, status(Error::conflict("a", "b")));
        CPPUNIT_ASSERT_EQUAL(BF_E_DENIED, status(Error::denied("a", "b")));
        CPPUNIT_ASSERT_EQUAL(BF_E_RETRY, status(Error::retry("a", "b")));
        CPPUNIT_ASSERT_EQUAL(BF_E_RETRY, status(Error::unknown("a", "b")));
        CPPUNIT_ASSERT_EQUAL(BF_E_EXHAUSTED, status(Error::exhausted("a", "b")));
        CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, status(Error::corrupt("a", "b")));
        CPPUNIT_ASSERT_EQUAL(BF_E_STOPPING, status(Error::stopping()));
        CPPUNIT_ASSERT_EQUAL(BF_E_INTERNAL, status(Error::internal("a", "b")));
        Error beyond = Error::internal("a", "b");
        beyond.kind = static_cast<ErrorKind>(200);
        CPPUNIT_ASSERT_EQUAL(BF_E_INTERNAL, status(beyond));
    }

    void adviceToRetryIsBounded()
    {
        const auto after = [](std::int64_t ms)
        {
            bf_error error = emptyError();
            plugin::report(&error, Error::retry("a", "b", std::chrono::milliseconds(ms)));
            CPPUNIT_ASSERT_EQUAL(1U, error.retryable);
            return error.retry_after_ms;
        };
        CPPUNIT_ASSERT_EQUAL(0U, after(-5));
        CPPUNIT_ASSERT_EQUAL(1'500U, after(1'500));
        CPPUNIT_ASSERT_EQUAL(86'400'000U, after(INT64_C(9'000'000'000'000)));
    }

    void exceptionsBecomeStatuses()
    {
        const auto caught = [](auto&& body, const char* word)
        {
            bf_error error = emptyError();
            const int status = plugin::guarded(&error, body);
            CPPUNIT_ASSERT(textOf(error).find(word) != std::string::npos);
            return status;
        };
        CPPUNIT_ASSERT_EQUAL(BF_E_INTERNAL,
            caught([]() -> bf_status { throw std::runtime_error("broken"); }, "broken"));
        CPPUNIT_ASSERT_EQUAL(
            BF_E_EXHAUSTED, caught([]() -> bf_status { throw std::bad_alloc(); }, "memory"));
        CPPUNIT_ASSERT_EQUAL(BF_E_INTERNAL, caught([]() -> bf_status { throw 7; }, "unknown"));
        CPPUNIT_ASSERT_EQUAL(BF_E_DENIED,
            caught([]() -> Result<void> { return Error::denied("a", "not yours"); }, "not yours"));
        CPPUNIT_ASSERT_EQUAL(
            BF_OK, static_cast<int>(plugin::guarded(nullptr, [] { return success(); })));
    }

    void nothingIsWrittenWithoutAPlaceForIt()
    {
        CPPUNIT_ASSERT_EQUAL(
            BF_E_INVALID, static_cast<int>(plugin::report(nullptr, BF_E_INVALID, "x")));
        CPPUNIT_ASSERT_EQUAL(
            BF_E_CORRUPT, static_cast<int>(plugin::report(nullptr, Error::corrupt("a", "b"))));
    }

    void tokensAreTakenOutOfLines()
    {
        const std::string line = "a access-sandbox-3f-1 b public-production-x, link-development-9."
                                 "link-sandbox- access-none-1";
        const std::string clean = plugin::withoutTokens(line);
        CPPUNIT_ASSERT_EQUAL(
            std::string("a [token] b [token], [token].[token] access-none-1"), clean);
        CPPUNIT_ASSERT_EQUAL(std::string(), plugin::withoutTokens(""));
        CPPUNIT_ASSERT_EQUAL(std::string("access-"), plugin::withoutTokens("access-"));
    }

    void secretsThatItKnowsAreTakenOutOfLines()
    {
        const auto tables = plugin::HostTables::fetch(host->abi());
        CPPUNIT_ASSERT(tables.ok());
        plugin::HostLog log(*tables);
        for (int i = 0; i < 3; ++i)
            log.hide(Secret{"5ecre7c0ffee987654321" + std::to_string(i)});
        log.hide(Secret{"sync"}); // Too short to be one.
        log.write(LogLevel::Info, "sync",
            "sync 5ecre7c0ffee9876543210 and 5ecre7c0ffee98765432125ecre7c0ffee9876543210.");
        CPPUNIT_ASSERT(host->logHolds("sync: sync [secret] and [secret][secret]."));
    }

    void linesAreOneLineOfBoundedLength()
    {
        const auto tables = plugin::HostTables::fetch(host->abi());
        CPPUNIT_ASSERT(tables.ok());
        plugin::HostLog log(*tables);
        // FakeHost notes what is wrong with a line.
        log.write(LogLevel::Error, "sync", "one\ntwo\r\0three\x1b[31m");
        log.write(LogLevel::PluginMisbehaving, "sync", std::string(5'000, 'x'));
        log.write(LogLevel::Warning, "sync", "caf\xC3\xA9 caf\xC3 \xE2\x80\xAE");
        std::string wide;
        while (wide.size() < 2'000)
            wide += "\xF0\x9F\x8F\xA6";
        log.write(LogLevel::Info, "sync", "." + wide);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, host->callsOf("log.write"));
    }

private:
    static std::string textOf(const bf_error& error)
    {
        return {error.text, strnlen(error.text, BF_ERROR_TEXT_SIZE)};
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BoundaryTest);

} // namespace bankfeed::testing
