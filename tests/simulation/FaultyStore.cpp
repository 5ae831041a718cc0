#include "FaultyStore.h"

#include "base/Limits.h"

#include <algorithm>
#include <limits>
#include <string>

namespace bankfeed::simulation
{

/// Passes statements on until one of them is the last.
class FaultyStore::WatchedUnit final : public store::Unit
{
public:
    WatchedUnit(FaultyStore& owner, store::Unit& inner, std::uint64_t lastStatement, bool dies)
        : owner_(owner), inner_(inner), lastStatement_(lastStatement), dies_(dies)
    {
    }

    store::Rows query(std::string_view sql, const std::vector<store::Value>& parameters) override
    {
        count();
        return inner_.query(sql, parameters);
    }
    std::int64_t execute(std::string_view sql, const std::vector<store::Value>& parameters) override
    {
        count();
        return inner_.execute(sql, parameters);
    }
    std::int64_t insertMany(std::string_view table, const std::vector<std::string>& columns,
        const std::vector<store::Value>& cells, std::string_view tail) override
    {
        count();
        const auto rows = static_cast<std::int64_t>(cells.size() / columns.size());
        owner_.rowsMax = std::max(owner_.rowsMax, rows);
        if (rows > static_cast<std::int64_t>(limits::rowsPerUnit))
            owner_.journal_.broken("one statement writes " + std::to_string(rows) + " rows");
        return inner_.insertMany(table, columns, cells, tail);
    }
    [[nodiscard]] store::Engine engine() const override { return inner_.engine(); }

private:
    void count()
    {
        if (++statements_ != lastStatement_) return;
        if (dies_) owner_.mortality_.die();
        throw store::StatementFailed(
            Error::retry("store.simulated", "A statement failed in the simulation."), false);
    }

    FaultyStore& owner_;
    store::Unit& inner_;
    std::uint64_t statements_ = 0;
    std::uint64_t lastStatement_;
    bool dies_;
};

Result<void> FaultyStore::runUnit(
    Mode mode, const std::function<Result<void>(store::Unit&)>& attempt)
{
    if (mortality_.dead) return Error::stopping();
    ++units;
    const bool reads = mode == Mode::Read;
    std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    bool dies = false;
    if (!sound)
    {
        dies = fate_.strikes(Trouble::DeathInUnit, reads ? 20 : 4);
        if (dies || fate_.strikes(Trouble::StatementFails, reads ? 20 : 4))
            last = 1 + fate_.below(12);
    }
    const auto body = [&](store::Unit& unit) -> Result<void>
    {
        WatchedUnit watched(*this, unit, last, dies);
        return attempt(watched);
    };
    if (reads) return inner_.read(body);
    auto ran = mode == Mode::Write ? inner_.write(body) : inner_.writeFirst(body);
    if (!ran.ok() || sound) return ran;
    if (fate_.strikes(Trouble::DeathAfterUnit, 4)) mortality_.die();
    if (mortality_.dead || fate_.strikes(Trouble::CommitUnanswered, 3))
        return Error::unknown("store.commit_unknown", "The answer to a commit was lost.");
    return ran;
}

} // namespace bankfeed::simulation
