#include "store/UnitOfWork.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

using namespace bankfeed;
using namespace bankfeed::store;

namespace
{

/// A session that answers as a test tells it to, and keeps what it was sent.
class ScriptedSession final : public Session
{
public:
    TransactionState afterBegin = TransactionState::Open;
    TransactionState beforeCommit = TransactionState::Open;
    TransactionState afterCommit = TransactionState::Idle;
    ControlAnswer commit{true, true, "COMMIT", {}, false};
    std::string sent;

    [[nodiscard]] Engine engine() const override { return Engine::Sqlite; }
    [[nodiscard]] TransactionState state() noexcept override { return state_; }

    [[nodiscard]] ControlAnswer control(const char* sql) override
    {
        const std::string text = sql;
        sent += text.substr(0, text.find(' ')) + " ";
        state_ = text.starts_with("BEGIN")    ? afterBegin
                 : text.starts_with("COMMIT") ? afterCommit
                                              : TransactionState::Idle;
        return text == "COMMIT" ? commit : ControlAnswer{true, true, text, {}, false};
    }

    Rows run(std::string_view, const std::vector<Value>&, std::int64_t&) override
    {
        state_ = beforeCommit;
        return {};
    }

    std::int64_t insertMany(std::string_view, const std::vector<std::string>&,
        const std::vector<Value>&, std::string_view) override
    {
        return 0;
    }

private:
    TransactionState state_ = TransactionState::Idle;
};

} // namespace

/// What the engine says about the transaction decides, whatever its answers were.
class TransactionStatesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TransactionStatesTest);
    CPPUNIT_TEST(allIsWell);
    CPPUNIT_TEST(aTransactionThatDidNotBeginRunsNothing);
    CPPUNIT_TEST(aTransactionThatTheEngineGaveUpIsNotCommitted);
    CPPUNIT_TEST(aTransactionThatEndedByItselfIsNotCommitted);
    CPPUNIT_TEST(aLostSessionIsNotCommittedAndMayRunAgain);
    CPPUNIT_TEST(aCommitAnsweredWithARollbackFailed);
    CPPUNIT_TEST(aCommitThatLeavesTheTransactionOpenIsUnknown);
    CPPUNIT_TEST(aRefusedCommitIsRolledBack);
    CPPUNIT_TEST(aReadThatCannotEndHasBeenRead);
    CPPUNIT_TEST_SUITE_END();

    ScriptedSession session_;
    bool sound_ = false;
    bool again_ = false;

    std::string outcome(UnitOfWork::Kind kind = UnitOfWork::Kind::Write)
    {
        Result<void> result;
        {
            UnitOfWork unit(session_, kind);
            result = unit.run(
                [](Unit& inner) -> Result<void>
                {
                    (void)inner.query("SELECT 1");
                    return success();
                });
            sound_ = unit.sessionSound();
            again_ = unit.mayRunAgain();
        }
        return result.ok() ? "ok" : result.error().code;
    }

public:
    void allIsWell()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), outcome());
        CPPUNIT_ASSERT_EQUAL(std::string("BEGIN COMMIT "), session_.sent);
        CPPUNIT_ASSERT(sound_);
    }

    void aTransactionThatDidNotBeginRunsNothing()
    {
        session_.afterBegin = TransactionState::Idle;
        CPPUNIT_ASSERT_EQUAL(std::string("store.not_begun"), outcome());
        CPPUNIT_ASSERT_EQUAL(std::string("BEGIN "), session_.sent);
        CPPUNIT_ASSERT(!sound_);
    }

    void aTransactionThatTheEngineGaveUpIsNotCommitted()
    {
        session_.beforeCommit = TransactionState::Failed;
        CPPUNIT_ASSERT_EQUAL(std::string("store.poisoned"), outcome());
        CPPUNIT_ASSERT_EQUAL(std::string("BEGIN ROLLBACK "), session_.sent);
        CPPUNIT_ASSERT(!sound_ && !again_);
    }

    void aTransactionThatEndedByItselfIsNotCommitted()
    {
        session_.beforeCommit = TransactionState::Idle;
        CPPUNIT_ASSERT_EQUAL(std::string("store.poisoned"), outcome());
        CPPUNIT_ASSERT_EQUAL(std::string("BEGIN "), session_.sent);
        CPPUNIT_ASSERT(!sound_);
    }

    void aLostSessionIsNotCommittedAndMayRunAgain()
    {
        session_.beforeCommit = TransactionState::Lost;
        CPPUNIT_ASSERT_EQUAL(std::string("store.unreachable"), outcome());
        CPPUNIT_ASSERT_EQUAL(std::string("BEGIN "), session_.sent);
        CPPUNIT_ASSERT(!sound_ && again_);
    }

    void aCommitAnsweredWithARollbackFailed()
    {
        session_.commit.tag = "ROLLBACK";
        CPPUNIT_ASSERT_EQUAL(std::string("store.poisoned"), outcome());
        CPPUNIT_ASSERT(!sound_ && !again_);
    }

    void aCommitThatLeavesTheTransactionOpenIsUnknown()
    {
        session_.afterCommit = TransactionState::Lost;
        CPPUNIT_ASSERT_EQUAL(std::string("store.commit_unknown"), outcome());
        CPPUNIT_ASSERT(!sound_ && !again_);
    }

    void aRefusedCommitIsRolledBack()
    {
        session_.commit = {false, true, "", Error::exhausted("store.full", ""), false};
        session_.afterCommit = TransactionState::Open;
        CPPUNIT_ASSERT_EQUAL(std::string("store.full"), outcome());
        CPPUNIT_ASSERT_EQUAL(std::string("BEGIN COMMIT ROLLBACK "), session_.sent);
        CPPUNIT_ASSERT(!sound_);
    }

    void aReadThatCannotEndHasBeenRead()
    {
        session_.commit = {false, false, "", Error::retry("store.unreachable", ""), true};
        session_.afterCommit = TransactionState::Lost;
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), outcome(UnitOfWork::Kind::Read));
        CPPUNIT_ASSERT(!sound_);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TransactionStatesTest);
