// Everything that is sealed with a token key, of all tenants: for a change of the key.
#pragma once

#include "store/Database.h"
#include "store/TokenVault.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bankfeed::store
{

/// Crosses tenants: the key is the host's. Lives as long as its unit, on its thread.
class SealedColumns
{
public:
    explicit SealedColumns(Unit& unit) : unit_(unit) {}

    struct Sealed
    {
        std::size_t column = 0; ///< Of columnCount.
        std::string tenant;
        std::string row;
        std::string text;
    };
    [[nodiscard]] static std::size_t columnCount();
    [[nodiscard]] static std::string_view nameOf(std::size_t column);

    /// How many values are sealed with each key, by the key's id; the check of the database itself
    /// is one.
    [[nodiscard]] std::map<std::string, std::int64_t> countByKey();

    /// The id of the key that the database is bound to (TokenVault::bind); "" for none.
    [[nodiscard]] std::string boundTo();

    /// Values of one column that another key than `keyId` sealed, whose row is behind `after` (""
    /// is the beginning), in the order of their rows, at most `count` (1..500).
    [[nodiscard]] std::vector<Sealed> notSealedWith(
        const std::string& keyId, std::size_t column, const std::string& after, std::int64_t count);

    /// False when the value has changed meanwhile; nothing is written then.
    bool replace(const Sealed& old, const std::string& text);

private:
    Unit& unit_;
};

/// How many values are sealed with keys that `vault` does not have: with these keys they are lost.
/// Errors are those of Database.
[[nodiscard]] Result<std::map<std::string, std::int64_t>> sealedWithMissingKeys(
    Database& database, const TokenVault& vault);

} // namespace bankfeed::store
