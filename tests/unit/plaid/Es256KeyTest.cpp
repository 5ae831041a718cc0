// The verdict of the crypto library, and the points that it is given.
#include "plaid/Es256Key.h"
#include "unit/plaid/WebhookForge.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <dlfcn.h>
#include <openssl/evp.h>

#include <algorithm>
#include <string>

using bankfeed::Digest;
using bankfeed::plaid::Es256Key;
using bankfeed::plaid::Es256Signature;
using bankfeed::testing::SigningKey;

namespace
{

/// What EVP_PKEY_verify answers instead of its verdict; 1 and 0 for the real one.
thread_local int failure = 0;

} // namespace

// Stands before the library's own in the test program: a broken or starved library cannot be made
// to order otherwise.
extern "C" int EVP_PKEY_verify(EVP_PKEY_CTX* context, const unsigned char* signature,
    std::size_t signatureSize, const unsigned char* digest, std::size_t digestSize)
{
    if (failure != 0) return failure;
    static const auto real =
        reinterpret_cast<decltype(&EVP_PKEY_verify)>(::dlsym(RTLD_NEXT, "EVP_PKEY_verify"));
    return real(context, signature, signatureSize, digest, digestSize);
}

class Es256KeyTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(Es256KeyTest);
    CPPUNIT_TEST(aSignatureIsOfItsKeyAndItsMessageOnly);
    CPPUNIT_TEST(aLibraryThatFailsHasNotVerifiedAnything);
    CPPUNIT_TEST(aKeyWhoseCoordinatesAreCutElsewhereIsNoKey);
    CPPUNIT_TEST(aPointBesideTheCurveIsNoKey);
    CPPUNIT_TEST_SUITE_END();

    SigningKey pair_;

    static Es256Signature signatureOf(const SigningKey& key, const std::string& message)
    {
        const std::string raw = key.sign(message);
        Es256Signature signature{};
        std::copy(raw.begin(), raw.end(), signature.begin());
        return signature;
    }

public:
    void tearDown() override { failure = 0; }

    void aSignatureIsOfItsKeyAndItsMessageOnly()
    {
        const auto key = Es256Key::ofPoint(pair_.x(), pair_.y());
        CPPUNIT_ASSERT(key);
        const Es256Signature good = signatureOf(pair_, "message");
        CPPUNIT_ASSERT(key->verifies(bankfeed::sha256("message"), good));
        CPPUNIT_ASSERT(!key->verifies(bankfeed::sha256("messagf"), good));
        CPPUNIT_ASSERT(
            !key->verifies(bankfeed::sha256("message"), signatureOf(SigningKey(), "message")));
    }

    void aLibraryThatFailsHasNotVerifiedAnything()
    {
        const auto key = Es256Key::ofPoint(pair_.x(), pair_.y());
        const Es256Signature good = signatureOf(pair_, "message");
        for (const int answer : {-1, -2, 2})
        {
            failure = answer;
            CPPUNIT_ASSERT_MESSAGE(
                std::to_string(answer), !key->verifies(bankfeed::sha256("message"), good));
        }
        failure = 0;
        CPPUNIT_ASSERT(key->verifies(bankfeed::sha256("message"), good));
    }

    void aKeyWhoseCoordinatesAreCutElsewhereIsNoKey()
    {
        const std::string point = pair_.x() + pair_.y();
        CPPUNIT_ASSERT(Es256Key::ofPoint(point.substr(0, 32), point.substr(32)));
        for (const std::size_t cut : {0U, 31U, 33U, 64U})
            CPPUNIT_ASSERT(!Es256Key::ofPoint(point.substr(0, cut), point.substr(cut)));
        CPPUNIT_ASSERT(!Es256Key::ofPoint(std::string(1, '\0') + pair_.x(), pair_.y()));
        CPPUNIT_ASSERT(!Es256Key::ofPoint(pair_.x(), ""));
    }

    void aPointBesideTheCurveIsNoKey()
    {
        std::string y = pair_.y();
        y.back() = static_cast<char>(y.back() ^ 1);
        CPPUNIT_ASSERT(!Es256Key::ofPoint(pair_.x(), y));
        CPPUNIT_ASSERT(!Es256Key::ofPoint(pair_.y(), pair_.x()));
        CPPUNIT_ASSERT(!Es256Key::ofPoint(std::string(32, '\0'), std::string(32, '\0')));
        CPPUNIT_ASSERT(!Es256Key::ofPoint(std::string(32, '\xff'), pair_.y()));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(Es256KeyTest);
