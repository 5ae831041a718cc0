// A PostgreSQL server of the tests' own: started when first asked for, one for each test process.
#pragma once

#include <string>
#include <sys/types.h>

namespace bankfeed::testing
{

/// Runs Debian's PostgreSQL in a folder of its own under /tmp, as the user "postgres" when the
/// tests run as root. A guardian process holds the other end of a pipe: when the test process ends,
/// in whatever way, it stops the server and removes the folder.
class PostgresServer
{
public:
    /// The server of this process. Throws std::runtime_error when there is no PostgreSQL to start.
    static PostgresServer& shared();

    /// Makes an empty database and gives its URL. `how` goes on with CREATE DATABASE.
    std::string freshDatabase(const std::string& how = "");

    /// The same database through another port, for a proxy before it.
    [[nodiscard]] std::string through(const std::string& url, int port) const;

    /// The password in the URLs.
    [[nodiscard]] const std::string& password() const { return password_; }

    /// Stops at once, as after a crash, and starts again; all sessions are lost.
    void crashAndRestart();

    [[nodiscard]] int port() const { return port_; }

    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;
    ~PostgresServer();

private:
    PostgresServer();
    void startGuardian();
    void start();
    [[nodiscard]] std::string urlOf(const std::string& database, int port) const;
    [[nodiscard]] std::string asServerUser(const std::string& command) const;

    std::string folder_;
    std::string binaries_;
    std::string password_;
    int port_ = 0;
    int databases_ = 0;
    int guardianPipe_ = -1;
    pid_t guardian_ = -1;
};

} // namespace bankfeed::testing
