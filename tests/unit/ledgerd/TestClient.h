// HTTP over a plain socket, byte by byte where a test wants that.
#pragma once

#include <arpa/inet.h>
#include <cppunit/extensions/HelperMacros.h>
#include <cstdint>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace ledgerd
{

struct TestAnswer
{
    unsigned status = 0; // 0: the server closed without an answer
    std::string head;
    std::string body;

    // The first header of the name, "" when missing.
    std::string header(const std::string& name) const
    {
        const std::size_t at = head.find("\r\n" + name + ": ");
        if (at == std::string::npos) return "";
        const std::size_t from = at + name.size() + 4;
        return head.substr(from, head.find("\r\n", from) - from);
    }
};

class TestClient
{
public:
    // `from`: the address that the server sees; all of 127.0.0.0/8 are ours.
    explicit TestClient(std::uint16_t port, const std::string& from = "127.0.0.1")
        : fd_(::socket(AF_INET, SOCK_STREAM, 0))
    {
        sockaddr_in own{};
        own.sin_family = AF_INET;
        CPPUNIT_ASSERT_EQUAL(1, ::inet_pton(AF_INET, from.c_str(), &own.sin_addr));
        CPPUNIT_ASSERT(::bind(fd_, reinterpret_cast<sockaddr*>(&own), sizeof own) == 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        CPPUNIT_ASSERT(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    TestClient(const TestClient&) = delete;
    TestClient& operator=(const TestClient&) = delete;
    ~TestClient() { ::close(fd_); }

    void send(const std::string& bytes)
    {
        std::size_t done = 0;
        while (done < bytes.size())
        {
            const ssize_t sent =
                ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
            if (sent <= 0) return; // the server may refuse before it has read all
            done += static_cast<std::size_t>(sent);
        }
    }

    TestAnswer receive(bool withBody = true)
    {
        TestAnswer answer;
        std::size_t end = std::string::npos;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
            if (!more()) return answer;
        answer.head = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 4);
        answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
        if (answer.status == 100 || !withBody) return answer;
        const std::string length = answer.header("Content-Length");
        const std::size_t size = length.empty() ? 0 : std::stoul(length);
        while (buffer_.size() < size && more())
        {
        }
        answer.body = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return answer;
    }

    TestAnswer exchange(const std::string& bytes)
    {
        send(bytes);
        return receive();
    }

    // True when the server has closed its side within ten seconds.
    bool closed()
    {
        while (more())
        {
        }
        return atEnd_;
    }

private:
    bool more()
    {
        pollfd waiting{fd_, POLLIN, 0};
        if (::poll(&waiting, 1, 10'000) != 1) return false;
        char bytes[4096];
        const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
        atEnd_ = got <= 0;
        if (got <= 0) return false;
        buffer_.append(bytes, static_cast<std::size_t>(got));
        return true;
    }

    int fd_;
    bool atEnd_ = false;
    std::string buffer_;
};

} // namespace ledgerd
