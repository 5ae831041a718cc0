#include "store/Database.h"

#include "store/DatabaseEngines.h"
#include "store/UnitOfWork.h"

#include <string_view>

namespace bankfeed::store
{

bool Database::insideUnit() noexcept
{
    return threadInsideUnit();
}

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options, Log& log)
{
    const std::string_view url = options.url.reveal();
    if (options.busyTimeoutMs < 0 || options.connectionsMax < 1 || options.connectionsMax > 100)
        return Error::invalid("store.url", "The limits of the database are out of range.");
    if (url.starts_with("sqlite:")) return openSqlite(options, log);
    if (url.starts_with("postgresql:") || url.starts_with("postgres:"))
        return openPostgresql(options, log);
    return Error::invalid(
        "store.url", "The database URL must begin with \"sqlite:\" or \"postgresql:\".");
}

} // namespace bankfeed::store
