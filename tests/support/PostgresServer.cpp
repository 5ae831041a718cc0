#include "support/PostgresServer.h"

#include <libpq-fe.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bankfeed::testing
{

namespace
{

void run(const std::string& command)
{
    if (std::system(command.c_str()) != 0) throw std::runtime_error("this failed: " + command);
}

std::string findBinaries()
{
    std::string newest;
    const std::filesystem::path root = "/usr/lib/postgresql";
    if (std::filesystem::exists(root))
    {
        for (const auto& version : std::filesystem::directory_iterator(root))
        {
            const std::string folder = version.path().string() + "/bin";
            if (std::filesystem::exists(folder + "/initdb") && folder > newest) newest = folder;
        }
    }
    if (newest.empty()) throw std::runtime_error("no PostgreSQL server under /usr/lib/postgresql");
    return newest;
}

int freePort()
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    sockaddr* const any = static_cast<sockaddr*>(static_cast<void*>(&address));
    const bool bound =
        ::bind(descriptor, any, size) == 0 && ::getsockname(descriptor, any, &size) == 0;
    ::close(descriptor);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
}

} // namespace

PostgresServer& PostgresServer::shared()
{
    static PostgresServer server;
    return server;
}

PostgresServer::PostgresServer() : binaries_(findBinaries()), password_("te'st \\pa=ss%")
{
    std::array<char, 64> name{"/tmp/bankfeed-postgres-XXXXXX"};
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for PostgreSQL");
    folder_ = name.data();
    std::ofstream(folder_ + "/password") << password_ << "\n";
    if (::geteuid() == 0) run("chown -R postgres " + folder_);
    startGuardian();
    run(asServerUser(binaries_ + "/initdb -D " + folder_ + "/data -U bankfeed -A scram-sha-256" +
                     " --pwfile=" + folder_ + "/password -E UTF8 --locale=C.UTF-8 --no-sync") +
        " >" + folder_ + "-initdb.log 2>&1 || { cat " + folder_ + "-initdb.log; false; }");
    std::filesystem::remove(folder_ + "-initdb.log");
    start();
}

PostgresServer::~PostgresServer()
{
    ::close(guardianPipe_);
    int status = 0;
    ::waitpid(guardian_, &status, 0);
}

void PostgresServer::startGuardian()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    const std::string script =
        "trap '' INT TERM HUP; cat >/dev/null; " +
        asServerUser(binaries_ + "/pg_ctl -D " + folder_ + "/data -m fast -w stop") +
        " >/dev/null 2>&1; rm -rf " + folder_;
    guardian_ = ::fork();
    if (guardian_ == 0)
    {
        ::setsid();
        ::dup2(ends[0], 0);
        ::execl("/bin/sh", "sh", "-c", script.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    ::close(ends[0]);
    guardianPipe_ = ends[1];
}

void PostgresServer::start()
{
    port_ = port_ == 0 ? freePort() : port_;
    const std::string options = "-c listen_addresses=127.0.0.1 -c port=" + std::to_string(port_) +
                                " -c unix_socket_directories=" + folder_ +
                                " -c max_connections=60 -c shared_buffers=16MB -c fsync=off" +
                                // It would visit every database that a test has left.
                                " -c autovacuum=off" +
                                " -c full_page_writes=off -c max_wal_size=8GB" +
                                " -c log_min_messages=fatal";
    run(asServerUser(binaries_ + "/pg_ctl -D " + folder_ + "/data -w -l " + folder_ +
                     "/server.log -o \"" + options + "\" start") +
        " >/dev/null");
}

void PostgresServer::crashAndRestart()
{
    run(asServerUser(binaries_ + "/pg_ctl -D " + folder_ + "/data -m immediate -w stop") +
        " >/dev/null");
    start();
}

std::string PostgresServer::asServerUser(const std::string& command) const
{
    return ::geteuid() == 0 ? "cd / && runuser -u postgres -- " + command : command;
}

std::string PostgresServer::urlOf(const std::string& database, int port) const
{
    return "postgresql://bankfeed:te'st%20%5Cpa%3Dss%25@127.0.0.1:" + std::to_string(port) + "/" +
           database;
}

std::string PostgresServer::through(const std::string& url, int port) const
{
    return urlOf(url.substr(url.rfind('/') + 1), port);
}

std::string PostgresServer::freshDatabase(const std::string& how)
{
    const std::string name = "test_" + std::to_string(++databases_);
    PGconn* connection = PQconnectdb(urlOf("postgres", port_).c_str());
    PGresult* result = PQexec(connection, ("CREATE DATABASE " + name + " " + how).c_str());
    const bool made = PQresultStatus(result) == PGRES_COMMAND_OK;
    const std::string message = PQerrorMessage(connection);
    PQclear(result);
    PQfinish(connection);
    if (!made) throw std::runtime_error("no database: " + message);
    return urlOf(name, port_);
}

} // namespace bankfeed::testing
