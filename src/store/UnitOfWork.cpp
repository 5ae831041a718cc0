#include "store/UnitOfWork.h"

#include "base/Limits.h"
#include "store/Dialect.h"

namespace bankfeed::store
{

namespace
{

thread_local bool insideUnit = false;

class Inside
{
public:
    Inside()
    {
        BF_ASSERT(!insideUnit);
        insideUnit = true;
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { insideUnit = false; }
};

void checkTexts(const std::vector<Value>& values)
{
    // PostgreSQL would silently cut the text there.
    for (const Value& value : values)
    {
        const std::string* text = value.text();
        BF_ASSERT(text == nullptr || text->find('\0') == std::string::npos);
    }
}

} // namespace

bool threadInsideUnit() noexcept
{
    return insideUnit;
}

UnitOfWork::~UnitOfWork()
{
    rollBack();
}

Result<void> UnitOfWork::run(const Body& body)
{
    BF_TRY(begin());
    try
    {
        const Result<void> result = body(*this);
        if (poison_)
        {
            rollBack();
            return *poison_;
        }
        if (!result.ok())
        {
            rollBack();
            return result.error();
        }
    }
    catch (const StatementFailed& failed)
    {
        poison(failed.error(), failed.mayRunAgain());
        rollBack();
        return *poison_;
    }
    catch (...)
    {
        rollBack();
        throw;
    }
    return commit();
}

Result<void> UnitOfWork::begin()
{
    const bool write = kind_ == Kind::Write;
    const auto answer =
        session_.control(write ? dialect::beginWrite(engine()) : dialect::beginRead(engine()));
    if (answer.done && session_.state() == TransactionState::Open) return success();
    sessionSpoiled_ = true;
    again_ = answer.again || !answer.answered;
    if (answer.done)
        return Error::internal("store.not_begun", "The database did not begin a transaction.");
    return answer.error;
}

Result<void> UnitOfWork::commit()
{
    const TransactionState before = session_.state();
    if (before != TransactionState::Open)
    {
        // Nothing has been committed: COMMIT was not sent.
        sessionSpoiled_ = true;
        again_ = before == TransactionState::Lost;
        rollBack();
        if (before == TransactionState::Lost)
            return Error::retry("store.unreachable", "The connection to the database was lost.");
        return Error::internal(
            "store.poisoned", "The database gave the transaction up before the commit.");
    }
    const ControlAnswer answer = session_.control("COMMIT");
    if (answer.done && answer.tag == "COMMIT" && session_.state() == TransactionState::Idle)
        return success();
    sessionSpoiled_ = true;
    // What a read gave was consistent when it was given; how its transaction ended changes nothing.
    if (kind_ == Kind::Read) return success();
    return judge(answer);
}

Result<void> UnitOfWork::judge(const ControlAnswer& answer)
{
    if (!answer.answered || (answer.done && answer.tag == "COMMIT"))
    {
        return Error::unknown("store.commit_unknown",
            "The answer to a commit was not seen; it may have happened or not.");
    }
    rollBack();
    if (answer.done)
        return Error::internal("store.poisoned", "The database answered a commit with a rollback.");
    again_ = answer.again;
    return answer.error;
}

void UnitOfWork::rollBack() noexcept
{
    const TransactionState state = session_.state();
    if (state != TransactionState::Open && state != TransactionState::Failed) return;
    try
    {
        if (!session_.control("ROLLBACK").done) sessionSpoiled_ = true;
    }
    catch (...)
    {
        sessionSpoiled_ = true;
    }
}

bool UnitOfWork::sessionSound() noexcept
{
    return !poison_ && !sessionSpoiled_ && session_.state() == TransactionState::Idle;
}

void UnitOfWork::poison(const Error& error, bool again)
{
    if (poison_) return;
    poison_ = error;
    again_ = again;
}

template <class Call>
auto UnitOfWork::guarded(Call&& call) -> decltype(call())
{
    if (poison_) throw StatementFailed(*poison_, again_);
    try
    {
        return call();
    }
    catch (const StatementFailed& failed)
    {
        poison(failed.error(), failed.mayRunAgain());
        throw;
    }
}

Rows UnitOfWork::query(std::string_view sql, const std::vector<Value>& parameters)
{
    BF_ASSERT(dialect::placeholdersInOrder(sql, parameters.size()));
    checkTexts(parameters);
    std::int64_t touched = 0;
    return guarded([&] { return session_.run(sql, parameters, touched); });
}

std::int64_t UnitOfWork::execute(std::string_view sql, const std::vector<Value>& parameters)
{
    BF_ASSERT(kind_ == Kind::Write);
    BF_ASSERT(dialect::placeholdersInOrder(sql, parameters.size()));
    checkTexts(parameters);
    std::int64_t touched = 0;
    guarded([&] { return session_.run(sql, parameters, touched); });
    return touched;
}

std::int64_t UnitOfWork::insertMany(std::string_view table, const std::vector<std::string>& columns,
    const std::vector<Value>& cells, std::string_view tail)
{
    BF_ASSERT(kind_ == Kind::Write);
    BF_ASSERT(!columns.empty() && cells.size() % columns.size() == 0);
    BF_ASSERT(cells.size() / columns.size() <= limits::rowsPerUnit);
    if (cells.empty()) return 0;
    checkTexts(cells);
    return guarded([&] { return session_.insertMany(table, columns, cells, tail); });
}

Result<void> runUnitOn(
    Sessions& sessions, Turn turn, UnitOfWork::Kind kind, const UnitOfWork::Body& body)
{
    const Inside inside;
    for (int runs = 1;; ++runs)
    {
        BF_LET(loan, sessions.take(turn));
        UnitOfWork unit(loan.session(), kind);
        Result<void> result = unit.run(body);
        if (unit.sessionSound()) loan.keep();
        if (result.ok() || !unit.mayRunAgain()) return result;
        const bool conflict = result.error().kind == ErrorKind::Conflict;
        if (runs >= (conflict ? runsPerConflict : runsPerUnit)) return result;
    }
}

} // namespace bankfeed::store
