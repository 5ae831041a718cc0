#include "store/TokenVault.h"
#include "support/BothEngines.h"
#include "support/SeededRandom.h"

#include <set>

using namespace bankfeed;
using namespace bankfeed::store;
using bankfeed::testing::codeOf;
using bankfeed::testing::good;
using bankfeed::testing::onBothEngines;
using bankfeed::testing::SeededRandom;
using bankfeed::testing::TestDatabase;

namespace
{

const std::string token = "access-sandbox-12345678-canary";

Secret keyOf(char c)
{
    return Secret(std::string(TokenVault::keyBytes, c));
}

std::unique_ptr<TokenVault> vaultOf(char c, Random& random, const std::vector<Secret>& older = {})
{
    auto made = TokenVault::make(keyOf(c), random, older);
    good(made);
    return std::move(made).value();
}

} // namespace

class TokenVaultTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TokenVaultTest);
    CPPUNIT_TEST(whatIsSealedOpensInItsPlace);
    CPPUNIT_TEST(itOpensInNoOtherPlace);
    CPPUNIT_TEST(everyChangedCharacterShows);
    CPPUNIT_TEST(strangeTextsAreRefused);
    CPPUNIT_TEST(aNonceWithMoreBytesIsNoOtherTextOfTheSameSecret);
    CPPUNIT_TEST(aSecretThatCouldNotBeOpenedAgainIsNotSealed);
    CPPUNIT_TEST(anotherKeyDoesNotOpenIt);
    CPPUNIT_TEST(aWrongKeyIsRefusedByItsSize);
    CPPUNIT_TEST(aKeyOfTheSameIdDoesNotOpenIt);
    CPPUNIT_TEST(noncesDoNotRepeat);
    CPPUNIT_TEST(theDatabaseIsBoundToItsKey);
    CPPUNIT_TEST(aDatabaseWhoseKeyCheckSaysSomethingElseIsRefused);
    CPPUNIT_TEST(aNewKeyTakesOverFromAnOlderOne);
    CPPUNIT_TEST(onlyAValueThatOpensWithAnOlderKeyIsOlder);
    CPPUNIT_TEST(whatAnEarlierReleaseSealedStillOpens);
    CPPUNIT_TEST_SUITE_END();

    SeededRandom random_{7};

public:
    void whatIsSealedOpensInItsPlace()
    {
        const auto vault = vaultOf('k', random_);
        for (const std::string& text : {token, std::string(), std::string("a"),
                 std::string(30'000, 'x'), std::string("\0\xff", 2)})
        {
            const std::string sealed =
                vault->seal("t1", "con_1", "access_token_sealed", Secret(text));
            CPPUNIT_ASSERT(sealed.starts_with("v1." + vault->keyId() + "."));
            CPPUNIT_ASSERT(text.size() < 4 || sealed.find(text) == std::string::npos);
            const auto opened = vault->open("t1", "con_1", "access_token_sealed", sealed);
            CPPUNIT_ASSERT(good(opened)->reveal() == text);
            CPPUNIT_ASSERT(!vault->isOlder(sealed));
        }
    }

    void itOpensInNoOtherPlace()
    {
        const auto vault = vaultOf('k', random_);
        const std::string sealed = vault->seal("t1", "con_1", "access_token_sealed", Secret(token));
        const std::string code = "vault.sealed";
        CPPUNIT_ASSERT_EQUAL(
            code, codeOf(vault->open("t2", "con_1", "access_token_sealed", sealed)));
        CPPUNIT_ASSERT_EQUAL(
            code, codeOf(vault->open("t1", "con_2", "access_token_sealed", sealed)));
        CPPUNIT_ASSERT_EQUAL(
            code, codeOf(vault->open("t1", "con_1", "public_token_sealed", sealed)));
        // The same letters, cut elsewhere.
        CPPUNIT_ASSERT_EQUAL(
            code, codeOf(vault->open("t1c", "on_1", "access_token_sealed", sealed)));
    }

    void everyChangedCharacterShows()
    {
        const auto vault = vaultOf('k', random_);
        const std::string sealed = vault->seal("t1", "con_1", "c", Secret(token));
        for (std::size_t i = 0; i < sealed.size(); ++i)
        {
            for (const char c : {'A', 'b', '0', '-', '.', '=', ' '})
            {
                std::string changed = sealed;
                if (changed[i] == c) continue;
                changed[i] = c;
                const auto opened = vault->open("t1", "con_1", "c", changed);
                CPPUNIT_ASSERT_MESSAGE(changed, !opened.ok());
                CPPUNIT_ASSERT(opened.error().text.find("canary") == std::string::npos);
            }
            CPPUNIT_ASSERT(!vault->open("t1", "con_1", "c", sealed.substr(0, i)).ok());
        }
        CPPUNIT_ASSERT(!vault->open("t1", "con_1", "c", sealed + "A").ok());
        CPPUNIT_ASSERT(!vault->open("t1", "con_1", "c", sealed + "=").ok());
    }

    void strangeTextsAreRefused()
    {
        const auto vault = vaultOf('k', random_);
        const std::string head = "v1." + vault->keyId() + ".";
        const std::string nonce = "AAAAAAAAAAAAAAAA";
        for (const std::string& text : {std::string(), std::string("v1."), std::string("v1......"),
                 std::string("v2.") + vault->keyId() + "." + nonce + ".AAAA", head, head + ".",
                 head + nonce, head + nonce + ".", head + nonce + ".AAAA",
                 head + "AAAA." + std::string(40, 'A'), std::string(100'000, 'v'), token})
            CPPUNIT_ASSERT_EQUAL(
                std::string("vault.sealed"), codeOf(vault->open("t", "r", "c", text)));
    }

    void aNonceWithMoreBytesIsNoOtherTextOfTheSameSecret()
    {
        const auto vault = vaultOf('k', random_);
        const std::string sealed = vault->seal("t", "r", "c", Secret(token));
        const std::size_t behindNonce = sealed.rfind('.');
        for (const std::string& more : {std::string("AA"), std::string("AAAA")})
        {
            std::string changed = sealed;
            changed.insert(behindNonce, more);
            CPPUNIT_ASSERT_EQUAL(
                std::string("vault.sealed"), codeOf(vault->open("t", "r", "c", changed)));
        }
    }

    void aSecretThatCouldNotBeOpenedAgainIsNotSealed()
    {
        const auto vault = vaultOf('k', random_);
        const std::string most(std::size_t{32} * 1024, 's');
        good(vault->open("t", "r", "c", vault->seal("t", "r", "c", Secret(most))));
        CPPUNIT_ASSERT_THROW((void)vault->seal("t", "r", "c", Secret(most + "s")), BrokenInvariant);
    }

    void anotherKeyDoesNotOpenIt()
    {
        const std::string sealed = vaultOf('a', random_)->seal("t", "r", "c", Secret(token));
        const auto opened = vaultOf('b', random_)->open("t", "r", "c", sealed);
        CPPUNIT_ASSERT_EQUAL(std::string("vault.other_key"), codeOf(opened));
        CPPUNIT_ASSERT(opened.error().kind == ErrorKind::Denied);
    }

    void aWrongKeyIsRefusedByItsSize()
    {
        for (const std::size_t size : {0U, 16U, 31U, 33U, 64U})
        {
            CPPUNIT_ASSERT_EQUAL(std::string("vault.key"),
                codeOf(TokenVault::make(Secret(std::string(size, 'k')), random_)));
        }
        CPPUNIT_ASSERT_EQUAL(
            std::string("vault.key"), codeOf(TokenVault::make(keyOf('a'), random_, {keyOf('a')})));
    }

    void aKeyOfTheSameIdDoesNotOpenIt()
    {
        const auto a = vaultOf('a', random_);
        const auto b = vaultOf('b', random_);
        std::string sealed = a->seal("t", "r", "c", Secret(token));
        sealed.replace(3, b->keyId().size(), b->keyId());
        CPPUNIT_ASSERT_EQUAL(std::string("vault.sealed"), codeOf(b->open("t", "r", "c", sealed)));
    }

    void noncesDoNotRepeat()
    {
        const auto vault = vaultOf('k', random_);
        std::set<std::string> nonces;
        constexpr std::size_t count = 100'000;
        for (std::size_t i = 0; i < count; ++i)
            nonces.insert(vault->seal("t", "r", "c", Secret("x")).substr(12, 16));
        CPPUNIT_ASSERT_EQUAL(count, nonces.size());
    }

    void theDatabaseIsBoundToItsKey()
    {
        onBothEngines(
            [&](TestDatabase& database)
            {
                CPPUNIT_ASSERT_EQUAL(false, *good(TokenVault::isBound(*database)));
                good(vaultOf('a', random_)->bind(*database));
                CPPUNIT_ASSERT_EQUAL(true, *good(TokenVault::isBound(*database)));
                good(vaultOf('a', random_)->bind(*database));
                const auto other = vaultOf('b', random_)->bind(*database);
                CPPUNIT_ASSERT_EQUAL(std::string("vault.other_key"), codeOf(other));
                good(vaultOf('a', random_)->bind(*database));
            });
    }

    void aDatabaseWhoseKeyCheckSaysSomethingElseIsRefused()
    {
        onBothEngines(
            [&](TestDatabase& database)
            {
                const auto vault = vaultOf('a', random_);
                const std::string strange =
                    vault->seal("", "meta", "token_key_check", Secret("bankfeed.other/1"));
                good(database->write(
                    [&](Unit& unit) -> Result<void>
                    {
                        unit.execute(
                            "INSERT INTO meta (name, value) VALUES ('token_key_check', $1)",
                            {strange});
                        return success();
                    }));
                CPPUNIT_ASSERT_EQUAL(
                    std::string("vault.other_key"), codeOf(vault->bind(*database)));
            });
    }

    void onlyAValueThatOpensWithAnOlderKeyIsOlder()
    {
        const auto vault = vaultOf('b', random_, {keyOf('a')});
        CPPUNIT_ASSERT(vault->isOlder(vaultOf('a', random_)->seal("t", "r", "c", Secret(token))));
        CPPUNIT_ASSERT(!vault->isOlder(vaultOf('x', random_)->seal("t", "r", "c", Secret(token))));
        CPPUNIT_ASSERT(!vault->isOlder(vault->seal("t", "r", "c", Secret(token))));
        CPPUNIT_ASSERT(!vault->isOlder("v1.damaged"));
    }

    void whatAnEarlierReleaseSealedStillOpens()
    {
        // Made by another program from the description in TokenVault.h: AES-256-GCM, nonce 00..0b,
        // over the netstrings "2:t1,5:con_1,19:access_token_sealed,8:5e318f8c,".
        const auto opened = vaultOf('k', random_)
                                ->open("t1", "con_1", "access_token_sealed",
                                    "v1.5e318f8c.AAECAwQFBgcICQoL."
                                    "C76XS3ejqwYi9TfoC70laSwmKHKtot6kQc53uqDdA3Y");
        CPPUNIT_ASSERT(good(opened)->reveal() == "access-sandbox-1");
    }

    void aNewKeyTakesOverFromAnOlderOne()
    {
        onBothEngines(
            [&](TestDatabase& database)
            {
                const auto before = vaultOf('a', random_);
                good(before->bind(*database));
                const std::string sealed = before->seal("t", "r", "c", Secret(token));
                const auto after = vaultOf('b', random_, {keyOf('a')});
                good(after->bind(*database));
                CPPUNIT_ASSERT(good(after->open("t", "r", "c", sealed))->reveal() == token);
                CPPUNIT_ASSERT(after->isOlder(sealed));
                const std::string anew = after->seal("t", "r", "c", Secret(token));
                CPPUNIT_ASSERT(!after->isOlder(anew));
                // From now on the older key alone is refused.
                CPPUNIT_ASSERT_EQUAL(
                    std::string("vault.other_key"), codeOf(before->bind(*database)));
                good(vaultOf('b', random_)->bind(*database));
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TokenVaultTest);
