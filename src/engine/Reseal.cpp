#include "engine/Reseal.h"

#include <utility>
#include <vector>

namespace bankfeed::engine
{

namespace
{

constexpr std::int64_t valuesPerUnit = 100;
constexpr std::int64_t againMs = 600'000;

} // namespace

Result<store::JobEnd> Reseal::run(const store::JobLease& lease)
{
    if (vault_.keyIds().size() < 2) return store::JobEnd{};
    const store::JobEnd again{store::JobEnd::Kind::Again, plusMs(clock_.now(), againMs), {}, {}};
    BF_LET(mine, mayReseal());
    if (!mine) return again;
    Counts all;
    for (std::size_t i = 0; i < store::SealedColumns::columnCount(); ++i)
    {
        BF_LET(counts, column(lease, i));
        if (counts.lost) return store::JobEnd{};
        all.resealed += counts.resealed;
        all.failed += counts.failed;
    }
    if (all.failed > 0)
        log_.write(LogLevel::Error, "engine",
            std::to_string(all.failed) +
                " values sealed with another token key cannot be opened; they stay as they are.");
    else if (all.resealed > 0)
        log_.write(LogLevel::Info, "engine",
            std::to_string(all.resealed) + " values are sealed with the token key " +
                vault_.keyId() +
                " now. When bankfeed's health says sealed_with_other_keys 0, the other key can be "
                "dropped.");
    return again;
}

/// Of several processes that have the two keys the other way round, only those seal anew whose key
/// the database is bound to: they would undo one another's work.
Result<bool> Reseal::mayReseal()
{
    return database_.read([&](store::Unit& unit) -> Result<bool>
        { return store::SealedColumns(unit).boundTo() == vault_.keyId(); });
}

Result<Reseal::Counts> Reseal::column(const store::JobLease& lease, std::size_t column)
{
    Counts counts;
    std::string after;
    while (true)
    {
        BF_LET(
            values, database_.read(
                        [&](store::Unit& unit) -> Result<std::vector<store::SealedColumns::Sealed>>
                        {
                            return store::SealedColumns(unit).notSealedWith(
                                vault_.keyId(), column, after, valuesPerUnit);
                        }));
        if (values.empty()) return counts;
        after = values.back().row;
        std::vector<std::pair<store::SealedColumns::Sealed, std::string>> fresh;
        for (auto& value : values)
        {
            const auto name = store::SealedColumns::nameOf(column);
            const auto opened = vault_.open(value.tenant, value.row, name, value.text);
            if (!opened.ok())
            {
                ++counts.failed;
                continue;
            }
            auto sealed = vault_.seal(value.tenant, value.row, name, *opened);
            fresh.emplace_back(std::move(value), std::move(sealed));
        }
        BF_LET(done, database_.write(
                         [&](store::Unit& unit) -> Result<std::int64_t>
                         {
                             if (!store::JobRepository(unit).holds(lease)) return std::int64_t{-1};
                             std::int64_t replaced = 0;
                             for (const auto& [old, text] : fresh)
                                 if (store::SealedColumns(unit).replace(old, text)) ++replaced;
                             return replaced;
                         }));
        counts.lost = done < 0;
        if (counts.lost) return counts;
        counts.resealed += done;
    }
}

} // namespace bankfeed::engine
