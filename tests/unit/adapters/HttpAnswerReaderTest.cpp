#include "adapters/HttpAnswerReader.h"

#include "LoopbackServer.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

using namespace bankfeed;
using namespace bankfeed::adapters;
using namespace std::string_literals;
using bankfeed::testing::gzip;

namespace
{

/// Bytes in memory, in pieces of a given size.
class TextSource final : public ByteSource
{
public:
    TextSource(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}

    Result<std::size_t> read(char* bytes, std::size_t size) override
    {
        const std::size_t piece = std::min({size, step_, text_.size() - at_});
        std::memcpy(bytes, text_.data() + at_, piece);
        at_ += piece;
        return piece;
    }

private:
    std::string text_;
    std::size_t step_;
    std::size_t at_ = 0;
};

constexpr std::size_t max = 1000;

Result<HttpAnswer> readIn(const std::string& text, std::size_t step, std::size_t bytesMax = max)
{
    TextSource source{text, step};
    return readHttpAnswer(source, bytesMax);
}

/// The code of the error, or "ok"; the same whatever pieces the bytes come in.
std::string verdict(const std::string& text)
{
    std::string first;
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}})
    {
        const auto answer = readIn(text, step);
        const std::string now = answer.ok() ? "ok" : answer.error().code;
        if (!answer.ok()) CPPUNIT_ASSERT(answer.error().kind == ErrorKind::Unknown);
        if (first.empty()) first = now;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(text, first, now);
    }
    return first;
}

std::string withLength(const std::string& lengthHeader, const std::string& body)
{
    return "HTTP/1.1 200 OK\r\n" + lengthHeader + "\r\n\r\n" + body;
}

std::string chunked(const std::string& chunks)
{
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}

std::string packed(const std::string& body)
{
    return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace

class HttpAnswerReaderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HttpAnswerReaderTest);
    CPPUNIT_TEST(readsALengthAndChunksAlike);
    CPPUNIT_TEST(refusesWrongLengths);
    CPPUNIT_TEST(refusesWrongChunks);
    CPPUNIT_TEST(refusesWrongHeads);
    CPPUNIT_TEST(refusesEveryCut);
    CPPUNIT_TEST(holdsTheCapInEveryForm);
    CPPUNIT_TEST(undoesGzipWithinTheCap);
    CPPUNIT_TEST(refusesBrokenGzip);
    CPPUNIT_TEST(passesOverAFewInterimAnswers);
    CPPUNIT_TEST(knowsWhetherTheConnectionCanBeUsedAgain);
    CPPUNIT_TEST(readsRetryAfter);
    CPPUNIT_TEST(takesAnEmptyBodyWhereThereIsNone);
    CPPUNIT_TEST_SUITE_END();

public:
    void readsALengthAndChunksAlike()
    {
        for (const std::string& text :
            {withLength("content-length:  5 ", "hello"), chunked("5\r\nhello\r\n0\r\n\r\n"),
                chunked("2\r\nhe\r\n3;x=\"y\"\r\nllo\r\n0\r\n\r\n"),
                chunked("05\r\nhello\r\n000\r\nTrailer: x\r\n\r\n"),
                "HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello"s,
                "HTTP/1.1 200\r\nContent-Length: 5\r\nX-Odd: \xC3\xA9\r\n\r\nhello"s})
        {
            CPPUNIT_ASSERT_EQUAL("ok"s, verdict(text));
            CPPUNIT_ASSERT_EQUAL("hello"s, readIn(text, 1)->response.body);
            CPPUNIT_ASSERT_EQUAL(200, readIn(text, 1)->response.status);
        }
    }

    void refusesWrongLengths()
    {
        CPPUNIT_ASSERT_EQUAL("http.short"s, verdict(withLength("Content-Length: 1000", "short")));
        CPPUNIT_ASSERT_EQUAL("http.short"s, verdict(withLength("Content-Length: 6", "hello")));
        for (const char* const length : {"-5", "+5", "", "5,5", "5 5", "0x5", "5.0", "five",
                 "99999999999999999999", "18446744073709551621"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(length, "http.malformed"s,
                verdict(withLength("Content-Length: "s + length, "hello")));
        for (const char* const headers :
            {"Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 5",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity",
                "Transfer-Encoding: xchunked", "Content-Length : 5", "X: y"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                headers, "http.malformed"s, verdict(withLength(headers, "hello")));
    }

    void refusesWrongChunks()
    {
        for (const char* const chunks : {"x\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n",
                 "\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n",
                 "5\r\nhello\n0\r\n\r\n", "000000005\r\nhello\r\n0\r\n\r\n",
                 "0x5\r\nhello\r\n0\r\n\r\n", "0\r\nnot a trailer\r\n\r\n"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(chunks, "http.malformed"s, verdict(chunked(chunks)));
        for (const char* const chunks :
            {"", "5", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0",
                "5\r\nhello\r\n0\r\n", "5\r\nhello\r\n0\r\nT: x\r\n"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(chunks, "http.short"s, verdict(chunked(chunks)));
    }

    void refusesWrongHeads()
    {
        for (const char* const head : {"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
                 "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
                 "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
                 "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
                 "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
                 "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n",
                 "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n",
                 "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
                 "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n folded\r\n\r\n",
                 "HTTP/1.1 200 OK\r\n: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                 "HTTP/1.1 200 OK\r\nA\rB: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n",
                 "HTTP/1.1 200 OK\r\nB C: 0\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(head, "http.malformed"s, verdict(head));
        CPPUNIT_ASSERT_EQUAL("http.too_large"s, verdict(std::string(100'000, 'x')));
        std::string many = "HTTP/1.1 200 OK\r\n";
        for (int i = 0; i < 200; ++i)
            many += "A: b\r\n";
        CPPUNIT_ASSERT_EQUAL("http.too_large"s, verdict(many + "\r\n"));
        CPPUNIT_ASSERT_EQUAL("http.encoding"s,
            verdict(withLength("Content-Length: 5\r\nContent-Encoding: br", "hello")));
        CPPUNIT_ASSERT_EQUAL(
            "ok"s, verdict(withLength("Content-Length: 5\r\nContent-Encoding: identity", "hello")));
    }

    void refusesEveryCut()
    {
        for (const std::string& whole : {withLength("Content-Length: 5\r\nDate: x", "hello"),
                 chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), packed(gzip("hello, hello"))})
        {
            CPPUNIT_ASSERT_EQUAL("ok"s, verdict(whole));
            for (std::size_t size = 0; size < whole.size(); ++size)
                CPPUNIT_ASSERT_EQUAL("http.short"s, verdict(whole.substr(0, size)));
        }
    }

    void holdsTheCapInEveryForm()
    {
        CPPUNIT_ASSERT_EQUAL(
            "ok"s, verdict(withLength("Content-Length: 1000", std::string(max, 'x'))));
        CPPUNIT_ASSERT_EQUAL("http.too_large"s, verdict(withLength("Content-Length: 1001", "")));
        CPPUNIT_ASSERT_EQUAL("http.too_large"s, verdict(chunked("3e9\r\n")));
        CPPUNIT_ASSERT_EQUAL("http.too_large"s, verdict(chunked("ffffffff\r\n")));
        CPPUNIT_ASSERT_EQUAL("http.too_large"s,
            verdict(chunked("3e8\r\n" + std::string(max, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n")));
        CPPUNIT_ASSERT_EQUAL(
            "ok"s, verdict(chunked("3e8\r\n" + std::string(max, 'x') + "\r\n0\r\n\r\n")));
    }

    void undoesGzipWithinTheCap()
    {
        const std::string text(max, 'y');
        CPPUNIT_ASSERT_EQUAL(text, readIn(packed(gzip(text)), 3)->response.body);
        CPPUNIT_ASSERT_EQUAL("http.too_large"s, verdict(packed(gzip(text + "y"))));
        CPPUNIT_ASSERT_EQUAL("http.too_large"s, verdict(packed(gzip(std::string(900'000, '\0')))));
        const std::string page(300'000, 'z');
        CPPUNIT_ASSERT_EQUAL(page, *gunzip(gzip(page), page.size()));
        CPPUNIT_ASSERT(!gunzip(gzip(page), page.size() - 1).ok());
    }

    void refusesBrokenGzip()
    {
        const std::string good = gzip("hello, hello, hello");
        CPPUNIT_ASSERT_EQUAL("http.encoding"s, verdict(packed("hello")));
        CPPUNIT_ASSERT_EQUAL("http.encoding"s, verdict(packed(good + "x")));
        CPPUNIT_ASSERT_EQUAL("http.encoding"s, verdict(packed(good + good)));
        for (std::size_t size = 1; size < good.size(); ++size)
            CPPUNIT_ASSERT_EQUAL("http.encoding"s, verdict(packed(good.substr(0, size))));
        std::string wrongSum = good;
        wrongSum[good.size() - 6] = static_cast<char>(wrongSum[good.size() - 6] ^ 1);
        CPPUNIT_ASSERT_EQUAL("http.encoding"s, verdict(packed(wrongSum)));
    }

    void passesOverAFewInterimAnswers()
    {
        const std::string go = "HTTP/1.1 100 Continue\r\n\r\n";
        const std::string end = withLength("Content-Length: 5", "hello");
        CPPUNIT_ASSERT_EQUAL("ok"s, verdict(go + end));
        CPPUNIT_ASSERT_EQUAL(
            "ok"s, verdict("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + go + end));
        std::string flood;
        for (int i = 0; i < 1000; ++i)
            flood += go;
        CPPUNIT_ASSERT_EQUAL("http.malformed"s, verdict(flood + end));
    }

    void knowsWhetherTheConnectionCanBeUsedAgain()
    {
        const std::string body = "\r\nContent-Length: 5\r\n\r\nhello";
        CPPUNIT_ASSERT(readIn("HTTP/1.1 200 OK" + body, 1000)->reusable);
        CPPUNIT_ASSERT(readIn("HTTP/1.1 200 OK\r\nConnection: Keep-Alive" + body, 1000)->reusable);
        CPPUNIT_ASSERT(!readIn("HTTP/1.1 200 OK\r\nConnection: close" + body, 1000)->reusable);
        CPPUNIT_ASSERT(!readIn("HTTP/1.1 200 OK\r\nConnection: x, close" + body, 1000)->reusable);
        CPPUNIT_ASSERT(!readIn("HTTP/1.0 200 OK" + body, 1000)->reusable);
        CPPUNIT_ASSERT(!readIn("HTTP/1.1 200 OK" + body + "HTTP/1.1 200 OK\r\n", 1000)->reusable);
    }

    void readsRetryAfter()
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{30'000}, retryAfterMs("30", ""));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, retryAfterMs("", ""));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, retryAfterMs("-1", ""));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, retryAfterMs("soon", ""));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, retryAfterMs("30s", ""));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{86'400'000}, retryAfterMs("999999999", ""));
        const std::string date = "Sun, 22 Nov 2026 21:40:00 GMT";
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{65'000}, retryAfterMs("Sun, 22 Nov 2026 21:41:05 GMT", date));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, retryAfterMs("Sun, 22 Nov 2026 21:39:05 GMT", date));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, retryAfterMs("Sun, 22 Nov 2026 21:41:05 GMT", ""));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{86'400'000}, retryAfterMs("Fri, 31 Dec 2100 23:59:59 GMT", date));
        const std::string limited = "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nDate: " + date +
                                    "\r\nContent-Length: 2\r\n\r\n{}";
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7'000}, readIn(limited, 9)->response.retryAfterMs);
        CPPUNIT_ASSERT_EQUAL(date, readIn(limited, 9)->response.date);
        CPPUNIT_ASSERT_EQUAL(429, readIn(limited, 9)->response.status);
    }

    void takesAnEmptyBodyWhereThereIsNone()
    {
        CPPUNIT_ASSERT_EQUAL("ok"s, verdict("HTTP/1.1 204 No Content\r\n\r\n"));
        CPPUNIT_ASSERT_EQUAL("ok"s, verdict("HTTP/1.1 504 Gateway\r\nContent-Length: 0\r\n\r\n"));
        CPPUNIT_ASSERT_EQUAL("http.malformed"s,
            verdict("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpAnswerReaderTest);
