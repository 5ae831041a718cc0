// Seals anew what an older token key has sealed, so that the key can be dropped.
#pragma once

#include "base/Clock.h"
#include "base/Log.h"
#include "store/Database.h"
#include "store/JobRepository.h"
#include "store/SealedColumns.h"
#include "store/TokenVault.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace bankfeed::engine
{

class Reseal
{
public:
    /// All references must outlive this object.
    Reseal(store::Database& database, store::TokenVault& vault, Clock& clock, Log& log)
        : database_(database), vault_(vault), clock_(clock), log_(log)
    {
    }

    /// One pass over everything that is sealed, in units of at most 100 values, each checked
    /// against the lease. Repeating it changes nothing; a value that changed meanwhile is left as
    /// it is. A value that cannot be opened stays as it is and is told in the log. While the vault
    /// has a second key it comes again every ten minutes: another process may still seal with that
    /// one.
    [[nodiscard]] Result<store::JobEnd> run(const store::JobLease& lease);

private:
    struct Counts
    {
        std::int64_t resealed = 0;
        std::int64_t failed = 0;
        bool lost = false; ///< The lease.
    };
    [[nodiscard]] Result<Counts> column(const store::JobLease& lease, std::size_t column);
    [[nodiscard]] Result<bool> mayReseal();

    store::Database& database_;
    store::TokenVault& vault_;
    Clock& clock_;
    Log& log_;
};

} // namespace bankfeed::engine
