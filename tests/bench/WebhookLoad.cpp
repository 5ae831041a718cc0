// webhook-load: a sender of webhooks that are all different and all signed, as fast as they are
// answered; and the key endpoint that the receiver asks.
//
// Says "keys http://127.0.0.1:PORT", waits for a line "HOST PORT PATH" on its input, sends, and
// prints one line of JSON: webhooks a second, the time of an answer, and how many signatures two
// threads check in a second on this machine, measured before and after.
#include "../unit/plaid/WebhookForge.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <deque>
#include <iostream>
#include <memory>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace
{

using Clock = std::chrono::steady_clock;
constexpr const char* keyId = "0f6c2b1e-7a54-4d0c-9b38-5e2f1c7d9a60";
constexpr std::size_t connectionsMost = 64;

double secondsSince(Clock::time_point begun)
{
    return std::chrono::duration<double>(Clock::now() - begun).count();
}

/// Gives the key to everybody who asks for anything.
class KeyHandler final : public Poco::Net::HTTPRequestHandler
{
public:
    explicit KeyHandler(const std::string& answer) : answer_(answer) {}
    void handleRequest(
        Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override
    {
        request.stream().ignore(65'536);
        response.setContentType("application/json");
        response.sendBuffer(answer_.data(), answer_.size());
    }

private:
    const std::string& answer_;
};

class KeyHandlers final : public Poco::Net::HTTPRequestHandlerFactory
{
public:
    explicit KeyHandlers(std::string answer) : answer_(std::move(answer)) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(
        const Poco::Net::HTTPServerRequest& /*request*/) override
    {
        return new KeyHandler(answer_);
    }

private:
    const std::string answer_;
};

std::string bodyOf(std::size_t number)
{
    std::string id = std::to_string(number);
    id.insert(0, 37 - id.size(), 'A');
    return "{\n  \"environment\": \"sandbox\",\n  \"historical_update_complete\": true,\n"
           "  \"initial_update_complete\": true,\n  \"item_id\": \"" +
           id +
           "\",\n  \"webhook_code\": \"SYNC_UPDATES_AVAILABLE\",\n"
           "  \"webhook_type\": \"TRANSACTIONS\"\n}";
}

struct Target
{
    std::string host;
    std::uint16_t port = 0;
    std::string path;
};

/// Whole requests, signed beforehand: signing is the sender's work and not what is measured.
std::vector<std::string> requestsOf(
    const bankfeed::testing::SigningKey& key, const Target& target, std::size_t count)
{
    std::vector<std::string> requests(count);
    const auto sign = [&](std::size_t from)
    {
        for (std::size_t i = from; i < count; i += 2)
        {
            const std::string body = bodyOf(i);
            const std::string token =
                bankfeed::testing::token(key, bankfeed::testing::headerJson(keyId),
                    bankfeed::testing::claimsJson(std::time(nullptr), body));
            requests[i] = "POST " + target.path + " HTTP/1.1\r\nHost: " + target.host + ":" +
                          std::to_string(target.port) +
                          "\r\nContent-Type: application/json\r\nPlaid-Verification: " + token +
                          "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        }
    };
    std::thread other(sign, 1);
    sign(0);
    other.join();
    return requests;
}

/// One connection with at most one request under way.
struct Line
{
    Poco::Net::StreamSocket socket;
    std::string heard;
    Clock::time_point sentAt;
    bool waits = false;
};

/// The length of the answer at the beginning of `heard`; 0 while it is not whole.
std::size_t answerLength(const std::string& heard)
{
    const auto end = heard.find("\r\n\r\n");
    if (end == std::string::npos) return 0;
    const std::string_view head(heard.data(), end + 2);
    std::size_t body = 0;
    for (const std::string_view name : {"Content-Length: ", "content-length: "})
    {
        const auto at = head.find(name);
        if (at != std::string_view::npos)
            body = std::stoul(std::string(head.substr(at + name.size(), 10)));
    }
    return heard.size() >= end + 4 + body ? end + 4 + body : 0;
}

struct Outcome
{
    std::vector<double> times; ///< Of each good answer, in seconds.
    std::size_t bad = 0;
    std::string firstBad;
    double seconds = 0;
};

class Sender
{
public:
    /// `requests` outlive the sender.
    Sender(const Target& target, const std::vector<std::string>& requests, std::size_t connections)
        : requests_(requests)
    {
        for (std::size_t i = 0; i < connections; ++i)
        {
            lines_.emplace_back();
            lines_.back().socket.connect(Poco::Net::SocketAddress(target.host, target.port));
            lines_.back().socket.setNoDelay(true);
        }
    }

    Outcome send()
    {
        const auto begun = Clock::now();
        for (auto& line : lines_)
            begin(line);
        std::vector<pollfd> polled;
        for (auto& line : lines_)
            polled.push_back({line.socket.impl()->sockfd(), POLLIN, 0});
        while (underWay_ > 0)
        {
            if (poll(polled.data(), polled.size(), 20'000) <= 0)
                throw std::runtime_error("no answer came for 20 seconds");
            for (std::size_t i = 0; i < polled.size(); ++i)
            {
                if (polled[i].revents != 0) hear(lines_[i]);
                if (!lines_[i].waits) polled[i].fd = -1;
            }
        }
        outcome_.seconds = secondsSince(begun);
        return std::move(outcome_);
    }

private:
    void begin(Line& line)
    {
        if (next_ == requests_.size()) return;
        const std::string& request = requests_[next_++];
        line.sentAt = Clock::now();
        if (line.socket.sendBytes(request.data(), static_cast<int>(request.size())) !=
            static_cast<int>(request.size()))
            throw std::runtime_error("a request was cut");
        line.waits = true;
        ++underWay_;
    }

    void hear(Line& line)
    {
        char buffer[4096];
        const int count = line.socket.receiveBytes(buffer, sizeof buffer);
        if (count <= 0) throw std::runtime_error("the receiver closed a connection");
        line.heard.append(buffer, static_cast<std::size_t>(count));
        const std::size_t length = answerLength(line.heard);
        if (length == 0) return;
        if (line.heard.starts_with("HTTP/1.1 200"))
            outcome_.times.push_back(secondsSince(line.sentAt));
        else if (outcome_.bad++ == 0)
            outcome_.firstBad = line.heard.substr(0, line.heard.find('\r'));
        line.heard.erase(0, length);
        line.waits = false;
        --underWay_;
        begin(line);
    }

    const std::vector<std::string>& requests_;
    std::deque<Line> lines_;
    std::size_t next_ = 0;
    std::size_t underWay_ = 0;
    Outcome outcome_;
};

/// Signatures that two threads check in a second, with one key and a context each.
double signaturesPerSecond(double forSeconds)
{
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::vector<unsigned char> digest(32, 7);
    std::vector<unsigned char> made(128);
    std::size_t size = made.size();
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> signer(
        EVP_PKEY_CTX_new(key.get(), nullptr), EVP_PKEY_CTX_free);
    if (EVP_PKEY_sign_init(signer.get()) != 1 ||
        EVP_PKEY_sign(signer.get(), made.data(), &size, digest.data(), digest.size()) != 1)
        throw std::runtime_error("OpenSSL does not sign");
    std::vector<std::size_t> counts(2);
    const auto check = [&](std::size_t& count)
    {
        const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
            EVP_PKEY_CTX_new(key.get(), nullptr), EVP_PKEY_CTX_free);
        EVP_PKEY_verify_init(context.get());
        std::size_t mine = 0;
        for (const auto begun = Clock::now(); secondsSince(begun) < forSeconds; ++mine)
            EVP_PKEY_verify(context.get(), made.data(), size, digest.data(), digest.size());
        count = mine;
    };
    std::thread other(check, std::ref(counts[1]));
    check(counts[0]);
    other.join();
    return static_cast<double>(counts[0] + counts[1]) / forSeconds;
}

double quantile(std::vector<double>& times, double part)
{
    if (times.empty()) return 0;
    const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(times.size() - 1));
    std::nth_element(times.begin(), times.begin() + at, times.end());
    return times[static_cast<std::size_t>(at)];
}

int run(std::size_t count, double limitSeconds)
{
    const bankfeed::testing::SigningKey key;
    Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0));
    Poco::Net::HTTPServer keys(
        new KeyHandlers(key.answer(keyId)), socket, new Poco::Net::HTTPServerParams);
    keys.start();
    std::cout << "keys http://127.0.0.1:" << socket.address().port() << std::endl;

    Target target;
    std::cin >> target.host >> target.port >> target.path;
    const auto requests = requestsOf(key, target, count + 1);
    {
        // The first one has the receiver fetch the key.
        const std::vector<std::string> first(requests.begin(), requests.begin() + 1);
        if (Sender(target, first, 1).send().bad != 0)
            throw std::runtime_error("the first webhook was refused");
    }
    const double before = signaturesPerSecond(limitSeconds);
    const std::vector<std::string> others(requests.begin() + 1, requests.end());
    Outcome outcome = Sender(target, others, connectionsMost).send();
    const double limit = (before + signaturesPerSecond(limitSeconds)) / 2;
    std::cout << R"({"webhooks":)" << outcome.times.size() << R"(,"refused":)" << outcome.bad
              << R"(,"per_second":)" << static_cast<double>(outcome.times.size()) / outcome.seconds
              << R"(,"p50_ms":)" << quantile(outcome.times, 0.5) * 1000 << R"(,"p99_ms":)"
              << quantile(outcome.times, 0.99) * 1000 << R"(,"limit_per_second":)" << limit
              << R"(,"first_refusal":")" << outcome.firstBad << "\"}" << std::endl;
    keys.stop();
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        const bool once = argc > 1 && std::string_view(argv[1]) == "--once";
        return once ? run(200, 0.05) : run(60'000, 1.5);
    }
    catch (const std::exception& error)
    {
        std::cerr << "webhook-load: " << error.what() << std::endl;
        return 1;
    }
}
