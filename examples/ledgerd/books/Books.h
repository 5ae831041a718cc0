// One set of books: the file, its lock, and who keeps it.
#pragma once

#include "base/Clock.h"
#include "base/Files.h"
#include "books/Database.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ledgerd
{

struct TenantSettings
{
    std::string id;               // 1..63 bytes of [A-Za-z0-9._-]
    std::string title;            // for people
    std::string currency = "USD"; // of the small chart that a fresh book gets
};

class Books
{
public:
    // Opens <dataDir>/books.sqlite for writing and holds the lock beside it. Makes the tenants that
    // are missing, each with its chart of accounts. Failure::Kind::busy when another process has
    // the books.
    static Result<std::unique_ptr<Books>> open(const std::string& dataDir,
        const std::vector<TenantSettings>& tenants, const Clock& clock,
        DatabaseOptions options = {});

    // Opens the books for reading beside a ledgerd that serves them.
    static Result<std::unique_ptr<Books>> openToRead(
        const std::string& dataDir, const Clock& clock);

    Database& database() { return *database_; }
    const Clock& clock() const { return clock_; }

    // Names these books for ever; made with the file.
    const std::string& hostId() const { return hostId_; }

    // The tenants of the file, by id.
    std::vector<std::string> tenants();

private:
    Books(std::optional<FileLock> lock, std::unique_ptr<Database> database, const Clock& clock);

    std::optional<FileLock> lock_; // let go after the file is closed
    std::unique_ptr<Database> database_;
    const Clock& clock_;
    std::string hostId_;
};

} // namespace ledgerd
