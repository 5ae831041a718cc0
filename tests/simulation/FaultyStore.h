// The database as a process has it that may die at any statement.
#pragma once

#include "Fate.h"
#include "Journal.h"

#include "store/Database.h"

#include <cstdint>

namespace bankfeed::simulation
{

/// Runs units on a real database. A unit may fail, be committed without an answer, or be the last
/// thing that its process did. Counts what a unit writes.
class FaultyStore final : public store::Database
{
public:
    FaultyStore(store::Database& inner, Fate& fate, Mortality& mortality, Journal& journal)
        : inner_(inner), fate_(fate), mortality_(mortality), journal_(journal)
    {
    }

    [[nodiscard]] store::Engine engine() const override { return inner_.engine(); }
    void close() override {}

    /// While a process starts nothing fails: one that cannot start is started again.
    bool sound = false;
    std::int64_t rowsMax = 0; ///< Bank rows that one unit took in, at most.
    std::uint64_t units = 0;

protected:
    Result<void> runUnit(
        Mode mode, const std::function<Result<void>(store::Unit&)>& attempt) override;

private:
    class WatchedUnit;
    enum class End : std::uint8_t
    {
        Good,
        Fails,
        Dies,
    };

    store::Database& inner_;
    Fate& fate_;
    Mortality& mortality_;
    Journal& journal_;
};

} // namespace bankfeed::simulation
