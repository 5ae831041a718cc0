// One session with an engine, as the unit of work needs it. Internal to the store.
#pragma once

#include "store/Unit.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// At most this many rows come back from one query.
inline constexpr std::size_t rowsPerQuery = 10'000;

/// What the engine itself says about the transaction, never what a library remembers of it.
enum class TransactionState : std::uint8_t
{
    Idle,   ///< None is open.
    Open,   ///< One is open and sound.
    Failed, ///< One is open, and the engine will only roll it back.
    Lost,   ///< The engine cannot be asked any more.
};

/// What the engine answered to BEGIN, COMMIT or ROLLBACK.
struct ControlAnswer
{
    bool done = false;
    bool answered = true; ///< False: no answer was seen, so it may have happened.
    std::string tag;      ///< What was done: PostgreSQL answers a COMMIT with ROLLBACK at times.
    Error error;          ///< When not done.
    bool again = false;   ///< Running the unit again may help.
};

/// Used by one thread at a time. Destroying it closes it, which rolls back what is open.
class Session
{
public:
    virtual ~Session() = default;

    [[nodiscard]] virtual Engine engine() const = 0;
    [[nodiscard]] virtual TransactionState state() noexcept = 0;

    /// Sends BEGIN, COMMIT or ROLLBACK. For UnitOfWork only.
    [[nodiscard]] virtual ControlAnswer control(const char* sql) = 0;

    /// Runs one statement. Throws StatementFailed.
    virtual Rows run(
        std::string_view sql, const std::vector<Value>& parameters, std::int64_t& touched) = 0;

    /// See Unit::insertMany. Throws StatementFailed.
    virtual std::int64_t insertMany(std::string_view table, const std::vector<std::string>& columns,
        const std::vector<Value>& cells, std::string_view tail) = 0;
};

} // namespace bankfeed::store
