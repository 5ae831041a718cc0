// Passwords, logins and secrets.
#include "TestBooks.h"

#include "base/Files.h"
#include "base/Random.h"
#include "base/Text.h"
#include "people/Doorkeeper.h"
#include "people/PasswordHash.h"
#include "people/Sessions.h"
#include "plugins/SecretStore.h"

#include <atomic>
#include <fstream>
#include <functional>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace ledgerd;

class PeopleTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PeopleTest);
    CPPUNIT_TEST(aHashFitsItsPasswordAndNoOther);
    CPPUNIT_TEST(weakOrBrokenHashesAreNotHashes);
    CPPUNIT_TEST(guessingIsStoppedPerNameAndAddress);
    CPPUNIT_TEST(guessingAtTheSameTimeGainsNothing);
    CPPUNIT_TEST(aFloodOfLoginsIsSentAwayAtOnceAndOthersStillGetIn);
    CPPUNIT_TEST(whatCannotBeANameIsNoTry);
    CPPUNIT_TEST(programsAreRememberedForAWhile);
    CPPUNIT_TEST(sessionsEndByLogoutIdlenessAndAge);
    CPPUNIT_TEST(secretsComeFromTheOperatorFirstAndSurviveTheProcess);
    CPPUNIT_TEST(aSecretsFileThatOthersCanReadIsRefused);
    CPPUNIT_TEST(base64IsStrict);
    CPPUNIT_TEST_SUITE_END();

public:
    void aHashFitsItsPasswordAndNoOther()
    {
        const std::string hash = hashPassword("correct horse");
        CPPUNIT_ASSERT(isPasswordHash(hash));
        CPPUNIT_ASSERT(passwordMatches("correct horse", hash));
        CPPUNIT_ASSERT(!passwordMatches("correct horsf", hash));
        CPPUNIT_ASSERT(!passwordMatches("", hash));
        CPPUNIT_ASSERT(hash != hashPassword("correct horse"));
    }

    void weakOrBrokenHashesAreNotHashes()
    {
        const std::string hash = hashPassword("correct horse");
        const std::string tail = hash.substr(std::string("scrypt$15").size());
        for (const std::string& wrong :
            {std::string(), std::string("secret"), "scrypt$10" + tail, "scrypt$20" + tail,
                "bcrypt$15" + tail, hash + "$x", hash.substr(0, hash.size() - 2)})
            CPPUNIT_ASSERT_MESSAGE(
                wrong, !isPasswordHash(wrong) && !passwordMatches("correct horse", wrong));
    }

    void guessingIsStoppedPerNameAndAddress()
    {
        Doorkeeper door({ann()}, clock_);
        for (int i = 0; i < triesBeforeWait; ++i)
            CPPUNIT_ASSERT(!door.admit("ann", "wrong", "10.0.0.1"));
        const auto waiting = door.admit("ann", "correct horse", "10.0.0.1");
        CPPUNIT_ASSERT(!waiting && waiting.failure().kind == Failure::Kind::busy);
        CPPUNIT_ASSERT(door.admit("ann", "correct horse", "10.0.0.2"));
        clock_.offset += triesWindowNs + 1;
        CPPUNIT_ASSERT(door.admit("ann", "correct horse", "10.0.0.1"));
        const auto unknown = door.admit("bob", "x", "10.0.0.1");
        CPPUNIT_ASSERT(!unknown && unknown.failure().kind == Failure::Kind::denied);
    }

    void guessingAtTheSameTimeGainsNothing()
    {
        Doorkeeper door({ann()}, clock_);
        std::atomic<int> computed{0};
        atOnce(40,
            [&](int)
            {
                while (true)
                {
                    const auto got = door.admit("ann", "wrong", "10.0.0.1");
                    if (!got && got.failure().kind == Failure::Kind::denied)
                        ++computed;
                    else if (got.failure().text.starts_with("Too many"))
                        return;
                }
            });
        CPPUNIT_ASSERT_EQUAL(triesBeforeWait, computed.load());
    }

    void aFloodOfLoginsIsSentAwayAtOnceAndOthersStillGetIn()
    {
        Doorkeeper door({ann()}, clock_);
        std::atomic<int> sentAway{0}, admitted{0};
        std::atomic<bool> over{false};
        atOnce(31,
            [&](int i)
            {
                if (i > 0)
                    while (!over)
                    {
                        const auto got =
                            door.admit("u" + std::to_string(i), "wrong password", "10.0.0.1");
                        if (got.failure().kind == Failure::Kind::busy) ++sentAway;
                    }
                else
                {
                    while (sentAway == 0)
                        std::this_thread::yield();
                    for (int k = 0; k < 3; ++k)
                        if (door.admit("ann", "correct horse", "10.0.0.2")) ++admitted;
                    over = true;
                }
            });
        CPPUNIT_ASSERT_EQUAL(3, admitted.load());
        CPPUNIT_ASSERT(sentAway > 0);
    }

    void whatCannotBeANameIsNoTry()
    {
        Doorkeeper door({ann()}, clock_);
        const auto longName = door.admit(std::string(64, 'a'), "x", "10.0.0.1");
        CPPUNIT_ASSERT(!longName && longName.failure().kind == Failure::Kind::invalid);
        for (int i = 0; i <= triesBeforeWait; ++i)
            CPPUNIT_ASSERT(!door.admit("ann", std::string(passwordMax + 1, 'x'), "10.0.0.1"));
        CPPUNIT_ASSERT(door.admit("ann", "correct horse", "10.0.0.1"));
    }

    void programsAreRememberedForAWhile()
    {
        Doorkeeper door({ann()}, clock_);
        CPPUNIT_ASSERT(door.admitAgain("ann", "correct horse", "10.0.0.1"));
        CPPUNIT_ASSERT(door.admitAgain("ann", "correct horse", "10.0.0.1"));
        CPPUNIT_ASSERT(!door.admitAgain("ann", "correct hors", "10.0.0.1"));
        CPPUNIT_ASSERT(!door.admitAgain("anncorrect", " horse", "10.0.0.1"));
    }

    void sessionsEndByLogoutIdlenessAndAge()
    {
        Sessions sessions(clock_);
        const std::string first = sessions.begin(ann());
        CPPUNIT_ASSERT_EQUAL(std::size_t{32}, first.size());
        CPPUNIT_ASSERT(sessions.find(first));
        CPPUNIT_ASSERT(sessions.find(first)->id != first);
        CPPUNIT_ASSERT(sessions.find(first)->user.passwordHash.empty());
        CPPUNIT_ASSERT(!sessions.find(std::string(32, '0')));
        sessions.end(first);
        CPPUNIT_ASSERT(!sessions.find(first));

        const std::string idle = sessions.begin(ann());
        clock_.offset += sessionIdleNs + 1;
        CPPUNIT_ASSERT(!sessions.find(idle));
        const std::string old = sessions.begin(ann());
        // Used again and again, so that only its age can end it.
        for (std::int64_t lived = 0; lived <= sessionLifeNs; lived += sessionIdleNs / 2)
        {
            CPPUNIT_ASSERT(sessions.find(old));
            clock_.offset += sessionIdleNs / 2;
        }
        CPPUNIT_ASSERT(!sessions.find(old));
    }

    void secretsComeFromTheOperatorFirstAndSurviveTheProcess()
    {
        const Folder folder;
        write(folder / "operator", "# comment\nplaid.secret = abc def = 1\nkey = base64:AAEC\n",
            0600);
        const std::string value("\0\n=#", 4);
        {
            SecretStore store(folder / "operator", folder / "own");
            CPPUNIT_ASSERT_EQUAL(std::string("abc def = 1"), must(store.get("plaid.secret")));
            CPPUNIT_ASSERT_EQUAL(std::string("\0\1\2", 3), must(store.get("key")));
            CPPUNIT_ASSERT(!store.get("other"));
            must(store.put("other", value));
            must(store.put("second", "2"));
            must(store.put("other", value + "x"));
            CPPUNIT_ASSERT(!store.put("key", "x"));
        }
        SecretStore again(folder / "operator", folder / "own");
        CPPUNIT_ASSERT_EQUAL(value + "x", must(again.get("other")));
        CPPUNIT_ASSERT_EQUAL(std::string("2"), must(again.get("second")));
        struct stat info = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat((folder / "own").c_str(), &info));
        CPPUNIT_ASSERT_EQUAL(0600u, static_cast<unsigned>(info.st_mode & 07777u));
    }

    void aSecretsFileThatOthersCanReadIsRefused()
    {
        const Folder folder;
        write(folder / "operator", "a = b\n", 0644);
        SecretStore store(folder / "operator", folder / "own");
        const auto got = store.get("a");
        CPPUNIT_ASSERT(!got && got.failure().text.find("chmod 600") != std::string::npos);
        CPPUNIT_ASSERT(!store.check());
        ::chmod((folder / "operator").c_str(), 0600);
        CPPUNIT_ASSERT_EQUAL(
            0, ::symlink((folder / "operator").c_str(), (folder / "link").c_str()));
        CPPUNIT_ASSERT(!SecretStore(folder / "link", folder / "own").get("a"));
    }

    void base64IsStrict()
    {
        std::string out;
        for (const std::string& text : {std::string(), std::string("a"), std::string("ab"),
                 std::string("abc"), std::string("\0\xff\x10\x80", 4)})
        {
            CPPUNIT_ASSERT(fromBase64(toBase64(text), out));
            CPPUNIT_ASSERT_EQUAL(text, out);
        }
        for (const char* wrong :
            {"a", "ab", "abc", "ab=c", "====", "YQ=", "YR==", "YWJ=", "YQ==YQ==", "Y Q=", "YQ\n="})
            CPPUNIT_ASSERT_MESSAGE(wrong, !fromBase64(wrong, out));
    }

private:
    static UserSettings ann()
    {
        static const std::string hash = hashPassword("correct horse");
        return {"ann", "Ann", hash, UserRole::admin, "main"};
    }

    static void atOnce(int count, const std::function<void(int)>& what)
    {
        std::vector<std::thread> threads;
        for (int i = 0; i < count; ++i)
            threads.emplace_back(what, i);
        for (std::thread& thread : threads)
            thread.join();
    }

    static void write(const std::string& path, const std::string& text, mode_t mode)
    {
        std::ofstream(path) << text;
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(path.c_str(), mode));
    }

    TestClock clock_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(PeopleTest);
