// A database that fails where a test wants it to.
#pragma once

#include "store/Database.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace bankfeed::testing
{

/// Runs units on another database and counts their statements and commits. A failing statement
/// rolls its unit back, as a crash of the process does; a lost answer comes after the commit.
class FaultyDatabase final : public store::Database
{
public:
    explicit FaultyDatabase(store::Database& inner) : inner_(inner) {}

    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    std::int64_t failAtStatement = never;  ///< Counted from 1.
    std::int64_t loseAnswerOfUnit = never; ///< Write units, counted from 1.
    std::int64_t statements = 0;
    std::int64_t writeUnits = 0;
    std::int64_t rowsInUnitMax = 0; ///< The largest insertMany seen.

    [[nodiscard]] bool failed() const
    {
        return statements >= failAtStatement || writeUnits >= loseAnswerOfUnit;
    }

    [[nodiscard]] store::Engine engine() const override { return inner_.engine(); }
    void close() override {}

protected:
    Result<void> runUnit(
        Mode mode, const std::function<Result<void>(store::Unit&)>& attempt) override
    {
        const auto body = [&](store::Unit& unit) -> Result<void>
        {
            CountingUnit counting(*this, unit);
            return attempt(counting);
        };
        if (mode == Mode::Read) return inner_.read(body);
        auto ran = mode == Mode::Write ? inner_.write(body) : inner_.writeFirst(body);
        if (ran.ok() && ++writeUnits == loseAnswerOfUnit)
            return Error::unknown("store.commit_unknown", "The answer was lost.");
        return ran;
    }

private:
    class CountingUnit final : public store::Unit
    {
    public:
        CountingUnit(FaultyDatabase& owner, store::Unit& inner) : owner_(owner), inner_(inner) {}

        store::Rows query(
            std::string_view sql, const std::vector<store::Value>& parameters) override
        {
            count();
            return inner_.query(sql, parameters);
        }
        std::int64_t execute(
            std::string_view sql, const std::vector<store::Value>& parameters) override
        {
            count();
            return inner_.execute(sql, parameters);
        }
        std::int64_t insertMany(std::string_view table, const std::vector<std::string>& columns,
            const std::vector<store::Value>& cells, std::string_view tail) override
        {
            count();
            owner_.rowsInUnitMax = std::max(
                owner_.rowsInUnitMax, static_cast<std::int64_t>(cells.size() / columns.size()));
            return inner_.insertMany(table, columns, cells, tail);
        }
        [[nodiscard]] store::Engine engine() const override { return inner_.engine(); }

    private:
        void count()
        {
            if (++owner_.statements == owner_.failAtStatement)
                throw store::StatementFailed(
                    Error::retry("test.crash", "The process died here."), false);
        }

        FaultyDatabase& owner_;
        store::Unit& inner_;
    };

    store::Database& inner_;
};

} // namespace bankfeed::testing
