// A TCP proxy before the PostgreSQL server that cuts a connection around a COMMIT.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bankfeed::testing
{

class CutProxy
{
public:
    enum class Cut : std::uint8_t
    {
        Never,
        BeforeTheServerSeesIt, ///< COMMIT is swallowed.
        BeforeTheAnswer,       ///< COMMIT reaches the server; its answer does not come back.
    };

    /// Listens on a port of its own and hands on to `serverPort`, both on loopback.
    explicit CutProxy(int serverPort);
    CutProxy(const CutProxy&) = delete;
    CutProxy& operator=(const CutProxy&) = delete;
    ~CutProxy();

    [[nodiscard]] int port() const { return port_; }

    /// What to do with the next COMMIT; it is done once.
    void cutNext(Cut cut) { cut_ = cut; }

    /// True once the cut has been made.
    [[nodiscard]] bool hasCut() const { return cut_ == Cut::Never; }

    /// Accepts no more, and drops the connections there are.
    void stop();

private:
    void accept();
    void relay(int client);
    /// False when the connection is to end.
    bool fromClient(int client, int server);

    int serverPort_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<Cut> cut_{Cut::Never};
    std::atomic<bool> stopping_{false};
    std::thread acceptor_;
    std::mutex mutex_;
    std::vector<std::thread> relays_;
};

} // namespace bankfeed::testing
