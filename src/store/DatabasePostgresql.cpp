#include "store/DatabasePostgresql.h"

#include "store/DatabaseEngines.h"
#include "store/UnitOfWork.h"

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <utility>

namespace bankfeed::store
{

namespace
{

struct FreeOptions
{
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

/// Every part of a URL, by libpq's own reading of it.
Result<PostgresqlAddress> partsOf(const Secret& url)
{
    std::string text(url.reveal());
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(
        PQconninfoParse(text.c_str(), &message));
    wipe(text);
    // The message may quote the URL, and so the password.
    if (message != nullptr) PQfreemem(message);
    if (!options) return Error::invalid("store.url", "The PostgreSQL URL cannot be read.");
    PostgresqlAddress parts;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option)
    {
        if (option->val != nullptr && *option->val != '\0')
            parts.emplace(option->keyword, Secret(option->val));
    }
    return parts;
}

bool isLocal(std::string_view host)
{
    return host.empty() || host.front() == '/' || host == "localhost" || host == "::1" ||
           host.starts_with("127.");
}

void warnOfPlainText(const PostgresqlAddress& parts, Log& log)
{
    const auto host = parts.find("host");
    if (host == parts.end() || isLocal(host->second.reveal())) return;
    const auto mode = parts.find("sslmode");
    const std::string_view name = mode == parts.end() ? "prefer" : mode->second.reveal();
    if (name == "require" || name == "verify-ca" || name == "verify-full") return;
    log.write(LogLevel::Warning, "store",
        "The connection to PostgreSQL may go unencrypted; add sslmode=verify-full to its URL.");
}

/// What is set unless the URL says otherwise. A server that vanished is noticed within half a
/// minute.
void addDefaults(PostgresqlAddress& parts)
{
    for (const auto& [key, value] : {std::pair{"connect_timeout", "10"}, {"keepalives_idle", "20"},
             {"keepalives_interval", "5"}, {"keepalives_count", "2"}, {"tcp_user_timeout", "30000"},
             {"application_name", "bankfeed"}})
        parts.try_emplace(key, Secret(value));
}

class PostgresqlDatabase final : public Database
{
public:
    PostgresqlDatabase(const PostgresqlAddress& address, const DatabaseOptions& options)
        : sessions_(options.connectionsMax, options.busyTimeoutMs,
              [address, wait = options.busyTimeoutMs]
              { return openPostgresqlSession(address, wait); })
    {
    }
    ~PostgresqlDatabase() override { PostgresqlDatabase::close(); }

    [[nodiscard]] Engine engine() const override { return Engine::Postgresql; }

    /// Opens one session, so that what is wrong shows at once.
    [[nodiscard]] Result<void> check()
    {
        BF_LET(loan, sessions_.take(Turn::Normal));
        loan.keep();
        return success();
    }

    void close() override { sessions_.close(); }

protected:
    Result<void> runUnit(Mode mode, const std::function<Result<void>(Unit&)>& attempt) override
    {
        const Turn turn = mode == Mode::WriteFirst ? Turn::First : Turn::Normal;
        const auto kind = mode == Mode::Read ? UnitOfWork::Kind::Read : UnitOfWork::Kind::Write;
        return runUnitOn(sessions_, turn, kind, attempt);
    }

private:
    Sessions sessions_;
};

} // namespace

Result<std::unique_ptr<Database>> openPostgresql(const DatabaseOptions& options, Log& log)
{
    BF_LET(parts, partsOf(options.url));
    warnOfPlainText(parts, log);
    addDefaults(parts);
    auto database = std::make_unique<PostgresqlDatabase>(parts, options);
    BF_TRY(database->check());
    return std::unique_ptr<Database>(std::move(database));
}

} // namespace bankfeed::store
