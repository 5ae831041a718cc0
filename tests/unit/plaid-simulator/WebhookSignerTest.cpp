#include "WebhookSigner.h"
#include "Base64.h"
#include "ExactJson.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

using namespace plaidsim;

namespace
{

std::string fromUrl(std::string text)
{
    for (char& c : text)
    {
        if (c == '-') c = '+';
        if (c == '_') c = '/';
    }
    while (text.size() % 4 != 0)
        text += '=';
    return fromBase64(text).value_or("");
}

const unsigned char* bytes(const std::string& text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

struct Parts
{
    std::string header;
    std::string payload;
    std::string signature;
    std::string signedText;
};

Parts split(const std::string& jwt)
{
    const std::size_t first = jwt.find('.');
    const std::size_t second = jwt.find('.', first + 1);
    return {fromUrl(jwt.substr(0, first)), fromUrl(jwt.substr(first + 1, second - first - 1)),
        fromUrl(jwt.substr(second + 1)), jwt.substr(0, second)};
}

// An independent look at a signature: only the public coordinates are used.
bool verifies(const PublicKey& key, const Parts& jwt)
{
    if (jwt.signature.size() != 64) return false;
    const std::string point = std::string("\x04") + fromUrl(key.x) + fromUrl(key.y);
    OSSL_PARAM_BLD* build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
    EVP_PKEY* open = nullptr;
    EVP_PKEY_fromdata_init(context);
    EVP_PKEY_fromdata(context, &open, EVP_PKEY_PUBLIC_KEY, parameters);
    ECDSA_SIG* signature = ECDSA_SIG_new();
    ECDSA_SIG_set0(signature, BN_bin2bn(bytes(jwt.signature), 32, nullptr),
        BN_bin2bn(bytes(jwt.signature) + 32, 32, nullptr));
    unsigned char* der = nullptr;
    const int length = i2d_ECDSA_SIG(signature, &der);
    EVP_MD_CTX* digest = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(digest, nullptr, EVP_sha256(), nullptr, open);
    const bool good = EVP_DigestVerify(digest, der, static_cast<std::size_t>(length),
                          bytes(jwt.signedText), jwt.signedText.size()) == 1;
    EVP_MD_CTX_free(digest);
    OPENSSL_free(der);
    ECDSA_SIG_free(signature);
    EVP_PKEY_free(open);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    return good;
}

} // namespace

class WebhookSignerTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WebhookSignerTest);
    CPPUNIT_TEST(aTokenHasPlaidsForm);
    CPPUNIT_TEST(theSignatureIsOfTheKeyThatIsPublished);
    CPPUNIT_TEST(everyForgeryIsWrongInItsOwnWay);
    CPPUNIT_TEST(rotationSignsWithTheNewKeyAndExpiresTheOld);
    CPPUNIT_TEST(keysSignInTurnWhileTheyOverlap);
    CPPUNIT_TEST(whatIsSignedIsByteForByteWhatAnotherSignerSigned);
    CPPUNIT_TEST_SUITE_END();

    // A whole webhook, and its SHA-256 by sha256sum.
    const std::string body_ = "{\n  \"environment\": \"sandbox\",\n  \"error\": null\n}";
    WebhookSigner signer_{seconds(1'767'100'000), "0f6c2b1e-7a54-4d0c-9b38-5e2f1c7d9a60"};

    PublicKey key() const { return *signer_.find("0f6c2b1e-7a54-4d0c-9b38-5e2f1c7d9a60"); }

public:
    void aTokenHasPlaidsForm()
    {
        const Parts jwt = split(signer_.sign(body_, 1'767'225'600));
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                R"({"alg":"ES256","kid":"0f6c2b1e-7a54-4d0c-9b38-5e2f1c7d9a60","typ":"JWT"})"),
            jwt.header);
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"iat":1767225600,"request_body_sha256":")"
                        "a41343e40c1a79c0709d5e6506103bdf4a3578f172ce066cefb2480085c0c3ea"
                        R"("})"),
            jwt.payload);
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, jwt.signature.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'767'100'000}, key().createdAt);
    }

    void theSignatureIsOfTheKeyThatIsPublished()
    {
        // Small r or s need padding: many signatures meet such a pair.
        for (int i = 0; i < 600; ++i)
            CPPUNIT_ASSERT(verifies(key(), split(signer_.sign(body_, 1'767'225'600 + i))));
    }

    void everyForgeryIsWrongInItsOwnWay()
    {
        for (const Forgery forgery : {Forgery::badSignature, Forgery::swappedHalves,
                 Forgery::derSignature, Forgery::algNone})
            CPPUNIT_ASSERT(!verifies(key(), split(signer_.sign(body_, 1, forgery))));
        const Parts hash = split(signer_.sign(body_, 1, Forgery::wrongBodyHash));
        CPPUNIT_ASSERT(verifies(key(), hash));
        CPPUNIT_ASSERT(hash.payload.find(hexText(sha256(body_))) == std::string::npos);
        const Parts kid = split(signer_.sign(body_, 1, Forgery::unknownKid));
        CPPUNIT_ASSERT(kid.header.find(key().kid) == std::string::npos);
        const Parts none = split(signer_.sign(body_, 1, Forgery::algNone));
        CPPUNIT_ASSERT(none.header.find("\"none\"") != std::string::npos);
        CPPUNIT_ASSERT(none.signature.empty());
    }

    void keysSignInTurnWhileTheyOverlap()
    {
        WebhookSigner signer(seconds(100), "old");
        signer.overlap(seconds(200), "new", seconds(260));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{260}, *signer.find("old")->expiredAt);
        CPPUNIT_ASSERT(!signer.find("new")->expiredAt);
        const auto head = [&](std::int64_t at)
        {
            const std::string token = signer.sign("{}", at);
            return token.substr(0, token.find('.'));
        };
        const std::string first = head(210);
        const std::string second = head(211);
        CPPUNIT_ASSERT(first != second);
        CPPUNIT_ASSERT_EQUAL(first, head(212));
        CPPUNIT_ASSERT_EQUAL(second, head(260));
        CPPUNIT_ASSERT_EQUAL(second, head(261));
    }

    void rotationSignsWithTheNewKeyAndExpiresTheOld()
    {
        signer_.rotate(seconds(1'767'200'000), "new", true);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'767'200'000}, *key().expiredAt);
        CPPUNIT_ASSERT(!signer_.find("new")->expiredAt.has_value());
        const Parts jwt = split(signer_.sign(body_, 1));
        CPPUNIT_ASSERT(jwt.header.find("\"new\"") != std::string::npos);
        CPPUNIT_ASSERT(verifies(*signer_.find("new"), jwt));
        CPPUNIT_ASSERT(!verifies(key(), jwt));
        CPPUNIT_ASSERT(!signer_.find("unheard of").has_value());
    }

    // A known answer: header and claims of a token that was made elsewhere. ECDSA draws lots, so
    // the signature itself differs every time; the contract test verifies it with another library.
    void whatIsSignedIsByteForByteWhatAnotherSignerSigned()
    {
        const std::string body = "{\n  \"environment\": \"sandbox\",\n  \"error\": null,\n"
                                 "  \"item_id\": \"Zk3mQ8vRxWtL5pYn2bHdS7cJfE4gUaKw9NqBo\",\n"
                                 "  \"webhook_code\": \"NEW_ACCOUNTS_AVAILABLE\",\n"
                                 "  \"webhook_type\": \"ITEM\"\n}";
        const std::string known =
            "eyJhbGciOiJFUzI1NiIsImtpZCI6IjBmNmMyYjFlLTdhNTQtNGQwYy05YjM4LTVlMmYxYzdkOWE2MCIsInR5"
            "cCI6IkpXVCJ9.eyJpYXQiOjE3NjcyMjU2MDAsInJlcXVlc3RfYm9keV9zaGEyNTYiOiIxZWUxM2ZjYWYxMjYy"
            "YmM4NzQ1NWUxOTY3NWRmN2NhNGZiZDNjMzc0YWI1YjM0ZDViY2I2NjI3ZDMzYTE5YjliIn0.";
        const WebhookSigner signer(0, "0f6c2b1e-7a54-4d0c-9b38-5e2f1c7d9a60");
        CPPUNIT_ASSERT_EQUAL(prettyText(*parseExact(body)), body);
        const std::string token = signer.sign(body, 1'767'225'600);
        CPPUNIT_ASSERT_EQUAL(known, token.substr(0, known.size()));
        CPPUNIT_ASSERT_EQUAL(std::size_t{86}, token.size() - known.size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WebhookSignerTest);
