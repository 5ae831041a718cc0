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
    CPPUNIT_TEST(aKeyIsChangedWithTheOldOneBeside);
    CPPUNIT_TEST(aKeyThatIsStillNeededCannotBeDropped);
    CPPUNIT_TEST(keysAreTakenOverWhileItRuns);
    CPPUNIT_TEST(keysThatDoNotOpenWhatIsSealedAreNotTakenOver);
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

    void aKeyIsChangedWithTheOldOneBeside()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const std::string first = host->secrets.at(name);
        assertOk(plugin.stop());
        host->secrets[name] = std::string(32, 'n');
        host->secrets[other] = first;
        assertOk(plugin.start());
        assertOk(plugin.stop());
        // Bound to the new one: the old one can go.
        host->secrets.erase(other);
        assertOk(plugin.start());
        assertOk(plugin.stop());
        host->secrets[name] = first;
        assertRefused(plugin.start(), BF_E_CORRUPT, other);
    }

    void aKeyThatIsStillNeededCannotBeDropped()
    {
        for (const char* wrong : {"missing", "another", "short"})
        {
            HostedPlugin plugin(*host);
            plugin.run();
            const std::string first = host->secrets.at(name);
            assertOk(plugin.stop());
            host->secrets[name] = std::string(32, 'n');
            if (wrong == std::string("another")) host->secrets[other] = std::string(32, 'o');
            if (wrong == std::string("short")) host->secrets[other] = "short";
            const bool small = wrong == std::string("short");
            assertRefused(plugin.start(), small ? BF_E_INVALID : BF_E_CORRUPT, other);
            // Nothing was lost by it.
            host->secrets[name] = first;
            host->secrets.erase(other);
            assertOk(plugin.start());
            assertOk(plugin.stop());
        }
    }

    void keysAreTakenOverWhileItRuns()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const std::string first = host->secrets.at(name);
        host->secrets[name] = std::string(32, 'n');
        host->secrets[other] = first;
        ++host->revision;
        bf_tick_result ticked{};
        assertOk(plugin.tick(ticked));
        assertOk(plugin.stop());
        host->secrets.erase(other);
        assertOk(plugin.start());
    }

    void keysThatDoNotOpenWhatIsSealedAreNotTakenOver()
    {
        HostedPlugin plugin(*host);
        plugin.run();
        const std::string first = host->secrets.at(name);
        host->secrets[name] = std::string(32, 'n');
        ++host->revision;
        bf_tick_result ticked{};
        assertOk(plugin.tick(ticked));
        CPPUNIT_ASSERT(host->logHolds("are not taken over"));
        assertOk(plugin.stop());
        host->secrets[name] = first;
        assertOk(plugin.start());
    }

private:
    static constexpr const char* other = "bankfeed.token_key_other";
    static constexpr const char* name = "bankfeed.token_key";
};

CPPUNIT_TEST_SUITE_REGISTRATION(TokenKeyTest);

} // namespace bankfeed::testing
