#include "store/DatabaseSqlite.h"

#include "store/DatabaseEngines.h"
#include "store/UnitOfWork.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bankfeed::store
{

namespace
{

/// A file descriptor that closes itself.
class Descriptor
{
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() { close(); }

    [[nodiscard]] int number() const { return number_; }
    void close()
    {
        if (number_ >= 0) ::close(number_);
        number_ = -1;
    }

private:
    int number_;
};

/// `what` ends the sentence "... cannot be"; the system's own word for the reason follows.
Error cannot(const std::string& path, const char* what)
{
    const int reason = errno;
    return Error::retry("store.unreachable", "The database file " + path + " cannot be " + what +
                                                 ": " + std::strerror(reason) +
                                                 ". Look at the path, its owner and its mode.");
}

/// The path without links, so that the same file always has the same lock.
Result<std::string> realPath(const std::string& path)
{
    char resolved[PATH_MAX];
    if (::realpath(path.c_str(), resolved) != nullptr) return std::string(resolved);
    if (errno != ENOENT) return cannot(path, "found");
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == 0 ? "/" : path.substr(0, slash);
    if (::realpath(folder.c_str(), resolved) == nullptr) return cannot(path, "made in its folder");
    const std::string parent(resolved);
    return (parent == "/" ? "" : parent) + path.substr(slash);
}

/// Only the owner may read what is made here; SQLite gives its side files the same mode.
Result<void> makeFile(const std::string& path, Log& log)
{
    const Descriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (made.number() >= 0) return success();
    if (errno != EEXIST) return cannot(path, "made");
    struct stat about = {};
    if (::stat(path.c_str(), &about) != 0) return cannot(path, "examined");
    if (!S_ISREG(about.st_mode))
        return Error::invalid("store.url", "The database URL does not name a file.");
    if ((about.st_mode & 0077U) != 0)
    {
        log.write(LogLevel::Warning, "store",
            "The database file can be read by other users of this machine; its mode should be "
            "0600.");
    }
    return success();
}

/// Held for as long as the database is open. It is not on the database itself, because closing any
/// descriptor of that file would drop SQLite's own locks.
Result<Descriptor> lockFile(const std::string& path)
{
    Descriptor lock(
        ::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (lock.number() < 0) return cannot(path, "locked");
    int locked = -1;
    do
        locked = ::flock(lock.number(), LOCK_EX | LOCK_NB);
    while (locked != 0 && errno == EINTR);
    if (locked == 0) return lock;
    if (errno != EWOULDBLOCK) return cannot(path, "locked");
    return Error::retry("store.in_use",
        "Another process uses the database file; SQLite serves one at a time. Stop it, or use "
        "PostgreSQL.");
}

class SqliteDatabase final : public Database
{
public:
    SqliteDatabase(const std::string& path, const DatabaseOptions& options, Descriptor lock)
        : path_(path),
          lock_(std::move(lock)),
          writer_(1, options.busyTimeoutMs,
              [path, wait = options.busyTimeoutMs]
              { return openSqliteSession(path, SqliteRole::Writer, wait); }),
          readers_(options.connectionsMax, options.busyTimeoutMs,
              [path, wait = options.busyTimeoutMs]
              { return openSqliteSession(path, SqliteRole::Reader, wait); })
    {
    }
    ~SqliteDatabase() override { SqliteDatabase::close(); }

    [[nodiscard]] Engine engine() const override { return Engine::Sqlite; }

    /// Opens the writer, so that what is wrong with the file shows at once.
    [[nodiscard]] Result<void> check()
    {
        BF_LET(loan, writer_.take(Turn::Normal));
        loan.keep();
        return success();
    }

    void close() override
    {
        if (lock_.number() < 0) return;
        writer_.refuse();
        readers_.close();
        writer_.close();
        // A writer that was thrown away left its log to the readers, who never checkpoint.
        if (::access((path_ + "-wal").c_str(), F_OK) == 0)
            (void)openSqliteSession(path_, SqliteRole::Writer, 0).ok();
        lock_.close();
    }

protected:
    Result<void> runUnit(Mode mode, const std::function<Result<void>(Unit&)>& attempt) override
    {
        if (mode == Mode::Read)
            return runUnitOn(readers_, Turn::Normal, UnitOfWork::Kind::Read, attempt);
        const Turn turn = mode == Mode::WriteFirst ? Turn::First : Turn::Normal;
        return runUnitOn(writer_, turn, UnitOfWork::Kind::Write, attempt);
    }

private:
    std::string path_;
    Descriptor lock_;
    Sessions writer_;
    Sessions readers_;
};

} // namespace

Result<std::unique_ptr<Database>> openSqlite(const DatabaseOptions& options, Log& log)
{
    const std::string path(options.url.reveal().substr(std::string_view("sqlite:").size()));
    if (path.size() < 2 || path.front() != '/' || path.back() == '/' ||
        path.find('\0') != std::string::npos)
        return Error::invalid("store.url", "A SQLite URL is \"sqlite:\" and an absolute path.");
    BF_LET(real, realPath(path));
    BF_LET(lock, lockFile(real));
    BF_TRY(makeFile(real, log));
    auto database = std::make_unique<SqliteDatabase>(real, options, std::move(lock));
    BF_TRY(database->check());
    return std::unique_ptr<Database>(std::move(database));
}

} // namespace bankfeed::store
