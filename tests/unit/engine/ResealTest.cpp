// A change of the token key: everything is sealed anew, in small units, while all goes on.
#include "engine/Reseal.h"
#include "store/LinkSessionRepository.h"
#include "store/Schema.h"
#include "unit/engine/EngineFixture.h"

namespace bankfeed::engine
{

class ResealTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ResealTest);
    CPPUNIT_TEST(everySealedColumnOfTheSchemaIsKnown);
    CPPUNIT_TEST(whatTheOldKeySealedIsSealedWithTheNewOne);
    CPPUNIT_TEST(aRunThatLostItsLeaseChangesNothing);
    CPPUNIT_TEST(aPassThatWasCutOffIsTakenUpAgain);
    CPPUNIT_TEST(aValueThatCannotBeOpenedStaysAndIsTold);
    CPPUNIT_TEST(aValueThatChangedMeanwhileIsLeft);
    CPPUNIT_TEST(withOneKeyThereIsNothingToDo);
    CPPUNIT_TEST(processesWithTheKeysTheOtherWayRoundDoNotUndoOneAnother);
    CPPUNIT_TEST_SUITE_END();

    static Secret keyOf(char letter) { return Secret(std::string(32, letter)); }

    static std::unique_ptr<store::TokenVault> vaultOf(
        EngineFixture& f, char key, const std::string& older = "")
    {
        std::vector<Secret> others;
        for (const char one : older)
            others.push_back(keyOf(one));
        return std::move(store::TokenVault::make(keyOf(key), f.random, others)).value();
    }

    static std::string tenantOf(int i) { return i % 2 == 0 ? "main" : "other"; }
    static std::string idOf(int i) { return "con_" + std::to_string(1000 + i); }

    /// Connections of two tenants and a link session, all sealed with one key.
    static void fill(EngineFixture& f, store::TokenVault& vault, int count)
    {
        CPPUNIT_ASSERT(vault.bind(*f.database).ok());
        for (int i = 0; i < count; ++i)
            f.addConnection(tenantOf(i), idOf(i));
        f.write(
            [&](store::Unit& unit)
            {
                for (int i = 0; i < count; ++i)
                    store::ConnectionRepository(unit, tenantOf(i))
                        .setAccessToken(
                            idOf(i), vault.seal(tenantOf(i), idOf(i), "access_token_sealed",
                                         Secret("token-" + std::to_string(i))));
                store::LinkSession session;
                session.id = "lks_1";
                session.purpose = "connect";
                session.linkTokenSealed =
                    vault.seal("main", session.id, "link_token_sealed", Secret("link"));
                session.hostedUrlSealed =
                    vault.seal("main", session.id, "hosted_url_sealed", Secret("url"));
                session.publicTokenSealed =
                    vault.seal("main", session.id, "public_token_sealed", Secret("public"));
                CPPUNIT_ASSERT(store::LinkSessionRepository(unit, "main").insert(session));
            });
    }

    static std::map<std::string, std::int64_t> counts(EngineFixture& f)
    {
        return f.read([](store::Unit& unit) { return store::SealedColumns(unit).countByKey(); });
    }

    static store::JobLease leaseOf(EngineFixture& f)
    {
        f.ask("", store::job::reseal, "");
        return f.claim();
    }

    static void checkAll(EngineFixture& f, const store::TokenVault& vault, int count)
    {
        for (int i = 0; i < count; ++i)
        {
            const auto opened = vault.open(tenantOf(i), idOf(i), "access_token_sealed",
                f.connection(tenantOf(i), idOf(i)).accessTokenSealed);
            CPPUNIT_ASSERT(opened.ok() && opened->equals(Secret("token-" + std::to_string(i))));
        }
    }

public:
    void everySealedColumnOfTheSchemaIsKnown()
    {
        std::vector<std::string> inSchema;
        for (const auto& step : store::schemaSteps())
            for (const auto statement : step)
                for (std::size_t at = statement.find("_sealed TEXT"); at != std::string_view::npos;
                     at = statement.find("_sealed TEXT", at + 1))
                {
                    const std::size_t begin = statement.rfind(' ', at) + 1;
                    inSchema.emplace_back(statement.substr(begin, at + 7 - begin));
                }
        std::vector<std::string> known;
        for (std::size_t i = 0; i < store::SealedColumns::columnCount(); ++i)
            known.emplace_back(store::SealedColumns::nameOf(i));
        CPPUNIT_ASSERT(inSchema == known);
    }

    void whatTheOldKeySealedIsSealedWithTheNewOne()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                constexpr int many = 230; // More than two units.
                const auto before = vaultOf(f, 'a');
                fill(f, *before, many);
                const auto both = vaultOf(f, 'b', "a");
                CPPUNIT_ASSERT(both->bind(*f.database).ok());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{many + 3}, counts(f)[before->keyId()]);
                const auto end = Reseal(*f.database, *both, f.clock, f.log).run(leaseOf(f));
                CPPUNIT_ASSERT(end.ok() && end->kind == store::JobEnd::Kind::Again);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, counts(f).size());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{many + 4}, counts(f)[both->keyId()]);
                const auto after = vaultOf(f, 'b'); // The old key is dropped.
                CPPUNIT_ASSERT(after->bind(*f.database).ok());
                CPPUNIT_ASSERT(store::sealedWithMissingKeys(*f.database, *after)->empty());
                checkAll(f, *after, many);
            });
    }

    void aRunThatLostItsLeaseChangesNothing()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                const auto before = vaultOf(f, 'a');
                fill(f, *before, 3);
                const auto both = vaultOf(f, 'b', "a");
                CPPUNIT_ASSERT(both->bind(*f.database).ok());
                auto lease = leaseOf(f);
                --lease.fence;
                CPPUNIT_ASSERT(Reseal(*f.database, *both, f.clock, f.log).run(lease).ok());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, counts(f)[before->keyId()]);
            });
    }

    void aPassThatWasCutOffIsTakenUpAgain()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                constexpr int many = 150;
                const auto before = vaultOf(f, 'a');
                fill(f, *before, many);
                const auto both = vaultOf(f, 'b', "a");
                CPPUNIT_ASSERT(both->bind(*f.database).ok());
                // A process that died behind its first unit has left the rest.
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::SealedColumns columns(unit);
                        for (const auto& one : columns.notSealedWith(both->keyId(), 0, "", 100))
                            CPPUNIT_ASSERT(columns.replace(
                                one, both->seal(one.tenant, one.row, "access_token_sealed",
                                         *both->open(one.tenant, one.row, "access_token_sealed",
                                             one.text))));
                    });
                checkAll(f, *both, many); // Both keys open everything in between.
                const auto dropped = vaultOf(f, 'b');
                CPPUNIT_ASSERT_EQUAL(std::int64_t{many - 100 + 3},
                    store::sealedWithMissingKeys(*f.database, *dropped)->at(before->keyId()));
                CPPUNIT_ASSERT(Reseal(*f.database, *both, f.clock, f.log).run(leaseOf(f)).ok());
                checkAll(f, *dropped, many);
                CPPUNIT_ASSERT(store::sealedWithMissingKeys(*f.database, *dropped)->empty());
            });
    }

    void aValueThatCannotBeOpenedStaysAndIsTold()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                const auto before = vaultOf(f, 'a');
                fill(f, *before, 3);
                // Sealed for another row: it opens for nobody.
                const std::string broken =
                    before->seal("main", "con_x", "access_token_sealed", Secret("token"));
                f.write([&](store::Unit& unit)
                    { store::ConnectionRepository(unit, "main").setAccessToken(idOf(0), broken); });
                const auto both = vaultOf(f, 'b', "a");
                CPPUNIT_ASSERT(both->bind(*f.database).ok());
                CPPUNIT_ASSERT(Reseal(*f.database, *both, f.clock, f.log).run(leaseOf(f)).ok());
                CPPUNIT_ASSERT_EQUAL(broken, f.connection("main", idOf(0)).accessTokenSealed);
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, counts(f)[before->keyId()]);
            });
    }

    void aValueThatChangedMeanwhileIsLeft()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                const auto before = vaultOf(f, 'a');
                fill(f, *before, 1);
                f.write(
                    [&](store::Unit& unit)
                    {
                        store::SealedColumns columns(unit);
                        const auto old = columns.notSealedWith("00000000", 0, "", 10).front();
                        store::ConnectionRepository(unit, "main")
                            .markRemoved(idOf(0), "disconnected", f.clock.now());
                        CPPUNIT_ASSERT(!columns.replace(old, "v1.revived"));
                    });
                CPPUNIT_ASSERT_EQUAL(
                    std::string(), f.connection("main", idOf(0)).accessTokenSealed);
            });
    }

    void withOneKeyThereIsNothingToDo()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                const auto vault = vaultOf(f, 'a');
                fill(f, *vault, 1);
                const auto end = Reseal(*f.database, *vault, f.clock, f.log).run(leaseOf(f));
                CPPUNIT_ASSERT(end.ok() && end->kind == store::JobEnd::Kind::Done);
            });
    }

    void processesWithTheKeysTheOtherWayRoundDoNotUndoOneAnother()
    {
        onBothEngines(
            [](EngineFixture& f)
            {
                const auto first = vaultOf(f, 'a', "b"); // The new key is beside the old one.
                fill(f, *first, 5);
                const auto second = vaultOf(f, 'b', "a"); // This process changes first.
                CPPUNIT_ASSERT(second->bind(*f.database).ok());
                CPPUNIT_ASSERT(Reseal(*f.database, *second, f.clock, f.log).run(leaseOf(f)).ok());
                f.write([](store::Unit& unit) { unit.execute("DELETE FROM job"); });
                CPPUNIT_ASSERT(Reseal(*f.database, *first, f.clock, f.log).run(leaseOf(f)).ok());
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, counts(f).size());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, counts(f)[second->keyId()]);
                checkAll(f, *first, 5);
            });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ResealTest);

} // namespace bankfeed::engine
