// What a token must say before its signature is even looked at.
#include "plaid/Jws.h"

#include "base/Limits.h"
#include "unit/plaid/WebhookForge.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

using namespace bankfeed;
using bankfeed::testing::base64Url;
using namespace std::string_literals;

namespace
{

const std::string keyId = "bfbd5111-8e33-4643-8ced-b2e642a72f3c";
const std::string digest = "2f0a1c9d2f0a1c9d2f0a1c9d2f0a1c9d2f0a1c9d2f0a1c9d2f0a1c9d2f0a1c9d";

std::string headerOf(const std::string& kid)
{
    return R"({"alg":"ES256","kid":")" + kid + R"(","typ":"JWT"})";
}

std::string claimsOf(const std::string& issuedAt, const std::string& sha256)
{
    return R"({"iat":)" + issuedAt + R"(,"request_body_sha256":")" + sha256 + R"("})";
}

std::string tokenOf(const std::string& header, const std::string& claims)
{
    return base64Url(header) + "." + base64Url(claims) + "." + base64Url(std::string(64, 's'));
}

bool taken(const std::string& header, const std::string& claims)
{
    const auto jws = plaid::readJws(tokenOf(header, claims));
    CPPUNIT_ASSERT(jws.ok() || jws.error().code == "webhook.malformed");
    return jws.ok();
}

} // namespace

class JwsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JwsTest);
    CPPUNIT_TEST(aTokenIsReadAsItWasWritten);
    CPPUNIT_TEST(aKeyIdIsHexadecimalDigitsWithItsDashesInTheirPlaces);
    CPPUNIT_TEST(theTimeIsWholeSecondsOfAtMostTwelveDigitsWithoutSign);
    CPPUNIT_TEST(aBodyHashIsSixtyFourLowerCaseDigits);
    CPPUNIT_TEST(aTokenHasThreePartsAndALimit);
    CPPUNIT_TEST_SUITE_END();

public:
    void aTokenIsReadAsItWasWritten()
    {
        const std::string token = tokenOf(headerOf(keyId), claimsOf("1771000000", digest));
        const auto jws = plaid::readJws(token);
        CPPUNIT_ASSERT(jws.ok());
        CPPUNIT_ASSERT_EQUAL(keyId, jws->keyId);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1771000000}, jws->issuedAt);
        CPPUNIT_ASSERT_EQUAL(digest, jws->bodySha256);
        CPPUNIT_ASSERT_EQUAL(token.substr(0, token.rfind('.')), std::string(jws->signedPart));
        CPPUNIT_ASSERT_EQUAL(static_cast<std::uint8_t>('s'), jws->signature.front());
    }

    void aKeyIdIsHexadecimalDigitsWithItsDashesInTheirPlaces()
    {
        const std::string claims = claimsOf("1771000000", digest);
        for (std::size_t i = 0; i < keyId.size(); ++i)
        {
            const bool dash = keyId[i] == '-';
            for (const char c : "g/:@G`-0.x"s)
            {
                std::string other = keyId;
                other[i] = c;
                const bool good = dash ? c == '-' : c == '0';
                CPPUNIT_ASSERT_EQUAL_MESSAGE(other, good, taken(headerOf(other), claims));
            }
        }
        CPPUNIT_ASSERT(taken(headerOf("BFBD5111-8E33-4643-8CED-B2E642A72F3C"), claims));
        for (const std::string& other : {""s, keyId.substr(1), keyId + "0"})
            CPPUNIT_ASSERT_MESSAGE(other, !taken(headerOf(other), claims));
    }

    void theTimeIsWholeSecondsOfAtMostTwelveDigitsWithoutSign()
    {
        for (const char* text : {"0", "1", "999999999999"})
            CPPUNIT_ASSERT_MESSAGE(text, taken(headerOf(keyId), claimsOf(text, digest)));
        for (const char* text : {"-1", "-0", "1000000000000", "9223372036854775807",
                 "18446744073709551617", "1771000000.0", "1.771e9", "\"1771000000\"", "null"})
            CPPUNIT_ASSERT_MESSAGE(text, !taken(headerOf(keyId), claimsOf(text, digest)));
    }

    void aBodyHashIsSixtyFourLowerCaseDigits()
    {
        std::string upper = digest;
        upper[3] = 'A';
        std::string strange = digest;
        strange[63] = 'g';
        for (const std::string& other :
            {""s, digest.substr(1), digest + "0", digest + digest, upper, strange})
            CPPUNIT_ASSERT_MESSAGE(other, !taken(headerOf(keyId), claimsOf("1771000000", other)));
    }

    void aTokenHasThreePartsAndALimit()
    {
        const std::string header = headerOf(keyId);
        const std::string claims = claimsOf("1771000000", digest);
        const std::string token = tokenOf(header, claims);
        for (const std::string& other : {""s, "."s, ".."s, "..."s, token + ".", token + ".AAAA",
                 token.substr(0, token.rfind('.')), "." + token})
            CPPUNIT_ASSERT_MESSAGE(other, !plaid::readJws(other).ok());
        // Blanks that JSON allows make a good token of any size.
        const auto ofSize = [&](std::size_t size)
        {
            std::string padded = token;
            for (std::size_t blanks = 1; padded.size() < size; ++blanks)
                padded = tokenOf(header, claims + std::string(blanks, ' '));
            return padded;
        };
        const std::string most = ofSize(limits::webhookTokenBytes - 1);
        CPPUNIT_ASSERT(most.size() <= limits::webhookTokenBytes && plaid::readJws(most).ok());
        CPPUNIT_ASSERT(!plaid::readJws(ofSize(limits::webhookTokenBytes + 1)).ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JwsTest);
