#include "books/Books.h"

#include "books/Accounts.h"

#include <unistd.h>

namespace ledgerd
{

namespace
{

std::string fileIn(const std::string& dataDir)
{
    return dataDir + "/books.sqlite";
}

struct ChartLine
{
    const char* name;
    AccountType type;
    bool feedable;
};

constexpr ChartLine chart[] = {
    {"Assets:Bank:Checking", AccountType::asset, true},
    {"Assets:Cash", AccountType::asset, false},
    {"Liabilities:Cards:Credit card", AccountType::liability, true},
    {"Income:Salary", AccountType::income, false},
    {"Income:Sales", AccountType::income, false},
    {"Income:Other", AccountType::income, false},
    {"Expenses:Food", AccountType::expense, false},
    {"Expenses:Rent", AccountType::expense, false},
    {"Expenses:Supplies", AccountType::expense, false},
    {"Expenses:Travel", AccountType::expense, false},
    {"Expenses:Bank fees", AccountType::expense, false},
    {"Expenses:Other", AccountType::expense, false},
};

void makeTenant(Unit& unit, const TenantSettings& tenant, std::int64_t utcNs)
{
    const Rows found = unit.select("SELECT 1 FROM tenant WHERE id = ?", "i", {tenant.id});
    if (!found.empty())
    {
        unit.run("UPDATE tenant SET title = ? WHERE id = ?", {tenant.title, tenant.id});
        return;
    }
    unit.run("INSERT INTO tenant (id, title) VALUES (?, ?)", {tenant.id, tenant.title});
    const int exponent = isoExponent(tenant.currency);
    const Currency currency{
        tenant.currency, exponent < 0 ? 2u : static_cast<std::uint32_t>(exponent)};
    const auto demand = [](const auto& made)
    {
        if (!made) throw DatabaseError(DatabaseError::Kind::other, made.failure().text);
    };
    for (const ChartLine& line : chart)
    {
        NewAccount account;
        account.name = line.name;
        account.type = line.type;
        account.currency = currency;
        account.feedable = line.feedable;
        demand(accounts::create(unit, tenant.id, account, utcNs));
    }
    demand(accounts::forRole(unit, tenant.id, Role::openingBalances, currency, utcNs));
    demand(accounts::forRole(unit, tenant.id, Role::suspense, currency, utcNs));
}

} // namespace

Result<std::unique_ptr<Books>> Books::open(const std::string& dataDir,
    const std::vector<TenantSettings>& tenants, const Clock& clock, DatabaseOptions options)
{
    if (Done folder = ensurePrivateFolder(dataDir); !folder) return folder.failure();
    auto lock = FileLock::take(fileIn(dataDir) + ".lock");
    if (!lock)
        return lock.failure().kind == Failure::Kind::busy
                   ? busy("Another process has the books in " + dataDir +
                          " open; stop it, or use another data_dir.")
                   : lock.failure();
    try
    {
        auto database = std::make_unique<Database>(fileIn(dataDir), std::move(options));
        database->write(
            [&](Unit& unit)
            {
                for (const TenantSettings& tenant : tenants)
                    makeTenant(unit, tenant, clock.utcNs());
            });
        return std::unique_ptr<Books>(new Books(std::move(*lock), std::move(database), clock));
    }
    catch (const DatabaseError& e)
    {
        return invalid("Cannot open the books in " + dataDir + ": " + e.what());
    }
}

Result<std::unique_ptr<Books>> Books::openToRead(const std::string& dataDir, const Clock& clock)
{
    if (::access(fileIn(dataDir).c_str(), R_OK) != 0)
        return notFound("There are no readable books in " + dataDir + ".");
    try
    {
        DatabaseOptions options;
        options.readOnly = true;
        return std::unique_ptr<Books>(new Books(
            std::nullopt, std::make_unique<Database>(fileIn(dataDir), std::move(options)), clock));
    }
    catch (const DatabaseError& e)
    {
        return invalid("Cannot read the books in " + dataDir + ": " + e.what());
    }
}

Books::Books(std::optional<FileLock> lock, std::unique_ptr<Database> database, const Clock& clock)
    : lock_(std::move(lock)), database_(std::move(database)), clock_(clock)
{
    hostId_ = database_->read([](Unit& unit)
        { return unit.select("SELECT value FROM meta WHERE name = 'host_id'", "t").text(0, 0); });
}

std::vector<std::string> Books::tenants()
{
    return database_->read(
        [](Unit& unit)
        {
            const Rows rows = unit.select("SELECT id FROM tenant ORDER BY id", "t");
            std::vector<std::string> ids;
            for (std::size_t row = 0; row < rows.size(); ++row)
                ids.push_back(rows.text(row, 0));
            return ids;
        });
}

} // namespace ledgerd
