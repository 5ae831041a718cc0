// Goal: the key of the sealed columns is made once, kept by the host, and never replaced behind
// anybody's back.
#include "PluginFixture.h"

namespace bankfeed::testing
{

class TokenKeyTest : public PluginFixture
{
    CPPUNIT_TEST_SUITE(TokenKeyTest);
    CPPUNIT_TEST(theKeyIsMadeOnceAndReadFromThenOn);
    CPPUNIT_TEST(aLostKeyIsNotReplaced);
    CPPUNIT_TEST(anotherKeyIsRefused);
    CPPUNIT_TEST(aKeyOfTheWrongSizeIsNamed);
    CPPUNIT_TEST(aHostThatCannotKeepAKeyIsAnError);
    CPPUNIT_TEST(anOperatorsOwnKeyIsTaken);
    CPPUNIT_TEST_SUITE_END();

public:
    void theKeyIsMadeOnceAndReadFromThenOn()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const std::string made = host->secrets.at(name);
        CPPUNIT_ASSERT_EQUAL(std::size_t{32}, made.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host->callsOf("secrets.put"));
        assertOk(plugin.stop());
        assertOk(plugin.start());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host->callsOf("secrets.put"));
        CPPUNIT_ASSERT(made == host->secrets.at(name));
    }

    void aLostKeyIsNotReplaced()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        assertOk(plugin.stop());
        host->secrets.erase(name);
        assertRefused(plugin.start(), BF_E_CORRUPT, name);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host->callsOf("secrets.put"));
        CPPUNIT_ASSERT(!host->secrets.contains(name));
    }

    void anotherKeyIsRefused()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        assertOk(plugin.stop());
        host->secrets[name] = std::string(32, 'k');
        assertRefused(plugin.start(), BF_E_CORRUPT, "key");
    }

    void aKeyOfTheWrongSizeIsNamed()
    {
        for (const std::size_t size : {1U, 31U, 33U, 64U})
        {
            host->secrets[name] = std::string(size, 'k');
            HostedPlugin plugin(*host);
            (void)plugin.apply();
            assertRefused(plugin.start(), BF_E_INVALID, name);
        }
    }

    void aHostThatCannotKeepAKeyIsAnError()
    {
        HostedPlugin plugin(*host);
        assertOk(plugin.apply());
        for (const bf_status status : {BF_E_UNSUPPORTED, BF_E_INTERNAL, BF_ALREADY, 42})
        {
            host->faults.secretPut = status;
            assertRefused(plugin.start(), BF_E_INVALID, name);
        }
        // Nothing was bound to a key that nobody kept.
        host->faults.secretPut = BF_OK;
        assertOk(plugin.start());
    }

    void anOperatorsOwnKeyIsTaken()
    {
        host->secrets[name] = std::string(32, 'k');
        HostedPlugin plugin(*host);
        plugin.run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, host->callsOf("secrets.put"));
    }

private:
    static constexpr const char* name = "bankfeed.token_key";
};

CPPUNIT_TEST_SUITE_REGISTRATION(TokenKeyTest);

} // namespace bankfeed::testing
