// The database: SQLite in one file, or PostgreSQL. Units of work run here and nowhere else.
#pragma once

#include "base/Clock.h"
#include "base/Log.h"
#include "base/Result.h"
#include "base/Secret.h"
#include "store/Unit.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace bankfeed::store
{

struct DatabaseOptions
{
    /// "sqlite:/absolute/path.db" or "postgresql://user:password@host:port/name?sslmode=...". A URL
    /// with a password is a secret.
    Secret url;
    std::int64_t busyTimeoutMs = 10'000; ///< How long a unit waits for its turn.
    int connectionsMax = 8;              ///< PostgreSQL sessions, and SQLite readers.
};

/// Owns the sessions. Any thread may run units; each unit runs on the calling thread.
///
/// SQLite: WAL, synchronous=FULL, one writer session behind a lane that serves webhooks first,
/// readers beside it, one process per file (flock on "<file>.lock"). PostgreSQL: a small pool; a
/// session is thrown away after any error.
class Database
{
public:
    /// Opens and checks, creates the SQLite file with mode 0600 if need be, changes nothing in an
    /// existing database. Errors: Retry "store.in_use" another process holds the SQLite file;
    /// Invalid a bad URL; Retry "store.unreachable".
    [[nodiscard]] static Result<std::unique_ptr<Database>> open(
        const DatabaseOptions& options, Log& log);

    virtual ~Database() = default;

    /// True while the calling thread is inside a unit: then it must not call the network or the
    /// host, nor begin another unit (which throws BrokenInvariant).
    [[nodiscard]] static bool insideUnit() noexcept;

    /// Runs `body` in a read-write transaction and commits when it returns a value.
    ///
    /// `body` takes Unit& and returns Result<T>. When it returns an error, or throws, everything is
    /// rolled back. It may run several times (a lost lock, a serialization failure), so it has no
    /// effects but those on the database and on what it returns. At most limits::rowsPerUnit rows
    /// should be written. Errors: those of `body`; Retry "store.busy", "store.unreachable"; Unknown
    /// "store.commit_unknown" when the answer to the commit was not seen; Corrupt; Exhausted
    /// "store.full".
    template <class Body>
    [[nodiscard]] auto write(Body&& body) -> std::invoke_result_t<Body, Unit&>
    {
        return inUnit(Mode::Write, std::forward<Body>(body));
    }

    /// As write, but the unit goes before others in the lane. For webhooks only.
    template <class Body>
    [[nodiscard]] auto writeFirst(Body&& body) -> std::invoke_result_t<Body, Unit&>
    {
        return inUnit(Mode::WriteFirst, std::forward<Body>(body));
    }

    /// Runs `body` in one consistent read-only view.
    template <class Body>
    [[nodiscard]] auto read(Body&& body) -> std::invoke_result_t<Body, Unit&>
    {
        return inUnit(Mode::Read, std::forward<Body>(body));
    }

    [[nodiscard]] virtual Engine engine() const = 0;

    /// Ends waiting units with Stopping, waits for those at work, and closes the sessions; the
    /// SQLite writer last. Any unit afterwards is answered with Stopping.
    virtual void close() = 0;

protected:
    enum class Mode : std::uint8_t
    {
        Read,
        Write,
        WriteFirst,
    };

    /// Runs `attempt` inside a transaction; see write(). Returns what the transaction itself came
    /// to; the value or error of `attempt` is kept by the caller.
    virtual Result<void> runUnit(Mode mode, const std::function<Result<void>(Unit&)>& attempt) = 0;

private:
    template <class Body>
    auto inUnit(Mode mode, Body&& body) -> std::invoke_result_t<Body, Unit&>
    {
        using Outcome = std::invoke_result_t<Body, Unit&>;
        std::unique_ptr<Outcome> outcome;
        auto ran = runUnit(mode,
            [&](Unit& unit) -> Result<void>
            {
                outcome = std::make_unique<Outcome>(body(unit));
                if (!outcome->ok()) return outcome->error();
                return success();
            });
        if (!ran.ok()) return ran.error();
        return std::move(*outcome);
    }
};

} // namespace bankfeed::store
