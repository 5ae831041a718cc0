#include "Simulator.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

#include <cppunit/TestAssert.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

extern char** environ;

namespace bankfeed::testing
{

namespace
{

std::unique_ptr<adapters::PocoHttpsTransport> transportTo(const std::string& url)
{
    adapters::TransportSettings settings;
    settings.baseUrl = url;
    settings.allowDevelopmentEndpoint = true;
    auto made = adapters::PocoHttpsTransport::create(settings);
    if (!made.ok()) throw std::runtime_error(made.error().text);
    return std::move(made).value();
}

std::string after(const std::string& line, std::string_view prefix)
{
    return line.starts_with(prefix) ? line.substr(prefix.size()) : "";
}

} // namespace

Simulator::Simulator(const std::vector<std::string>& options)
{
    const char* const program = std::getenv("PLAID_SIMULATOR");
    if (program == nullptr) throw std::runtime_error("PLAID_SIMULATOR names no program");
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    std::vector<std::string> words{program, "--port=0", "--control-port=0"};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int failed =
        ::posix_spawn(&process_, program, &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    if (failed != 0) throw std::runtime_error("the simulator does not start");

    std::FILE* const output = ::fdopen(pipe[0], "r");
    std::array<char, 512> buffer{};
    while ((api_.empty() || controlUrl_.empty()) &&
           std::fgets(buffer.data(), buffer.size(), output) != nullptr)
    {
        std::string line = buffer.data();
        line.erase(line.find_last_not_of('\n') + 1);
        if (api_.empty()) api_ = after(line, "plaid-simulator: api ");
        if (controlUrl_.empty()) controlUrl_ = after(line, "plaid-simulator: control ");
    }
    std::fclose(output);
    if (controlUrl_.empty()) throw std::runtime_error("the simulator does not say where it is");
    lever_ = transportTo(controlUrl_);
}

Simulator::~Simulator()
{
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
}

std::string Simulator::control(const std::string& path, const std::string& body) const
{
    HttpRequest request;
    request.path = path;
    request.body = Secret{body};
    request.answerBytesMax = 64 * 1024 * 1024;
    const auto answer = lever_->post(request);
    if (!answer.ok()) throw std::runtime_error(path + ": " + answer.error().text);
    if (answer->status != 200) throw std::runtime_error(path + ": " + answer->body);
    return answer->body;
}

std::string Simulator::look(const std::string& path, const std::string& method) const
{
    const Poco::URI address(controlUrl_);
    Poco::Net::HTTPClientSession session(address.getHost(), address.getPort());
    session.setTimeout(Poco::Timespan(30, 0));
    Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPMessage::HTTP_1_1);
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    std::string body;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), body);
    if (response.getStatus() != Poco::Net::HTTPResponse::HTTP_OK)
        throw std::runtime_error(path + ": " + body);
    return body;
}

std::string ReceivedWebhook::code() const
{
    constexpr std::string_view name = "\"webhook_code\": \"";
    const std::size_t found = body.find(name);
    if (found == std::string::npos) return "";
    const std::size_t begin = found + name.size();
    return body.substr(begin, body.find('"', begin) - begin);
}

Receiver::Receiver() : server_([this](Connection& connection) { serve(connection); }) {}

void Receiver::serve(Connection& connection)
{
    while (true)
    {
        const std::string request = connection.request();
        if (request.empty()) return;
        const std::size_t end = request.find("\r\n\r\n");
        ReceivedWebhook webhook;
        webhook.body = request.substr(end + 4);
        webhook.at = adapters::SystemClock{}.now();
        for (std::size_t at = request.find("\r\n") + 2; at < end;)
        {
            const std::size_t next = request.find("\r\n", at);
            const std::string line = request.substr(at, next - at);
            const std::size_t colon = line.find(": ");
            webhook.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
            at = next + 2;
        }
        {
            const std::lock_guard lock(mutex_);
            received_.push_back(std::move(webhook));
        }
        changed_.notify_all();
        connection.send(httpAnswer(""));
    }
}

ReceivedWebhook Receiver::next(const std::string& code, int nth)
{
    ReceivedWebhook found;
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, std::chrono::seconds{20},
        [&]
        {
            int count = 0;
            for (const ReceivedWebhook& webhook : received_)
            {
                if (webhook.code() != code || ++count != nth) continue;
                found = webhook;
                return true;
            }
            return false;
        });
    if (!came) throw std::runtime_error("there was no webhook " + code);
    return found;
}

std::vector<ReceivedWebhook> Receiver::all()
{
    const std::lock_guard lock(mutex_);
    return received_;
}

Setup::Setup()
{
    plaid::PlaidSettings settings;
    settings.clientId = Secret{"simulator-client"};
    settings.secret = Secret{"simulator-secret-0000"};
    settings.clientName = "Ledger Host";
    settings.pagesOnLoopback = true;
    settings.keepCallBudget = false;
    transport = transportTo(simulator.api());
    client = std::make_unique<plaid::PlaidClient>(*transport, clock, log, settings);
    keys = std::make_unique<plaid::WebhookKeyRing>(*transport, clock, log, settings);
    verifier = std::make_unique<plaid::PlaidWebhookVerifier>(*keys);
}

Result<VerifiedWebhook> Setup::verify(const ReceivedWebhook& webhook)
{
    std::vector<WebhookHeader> headers;
    for (const auto& [name, value] : webhook.headers)
        headers.push_back({name, value});
    return verifier->verify(headers, webhook.body, webhook.at);
}

NewConnection Setup::connect()
{
    LinkRequest request;
    request.userReference = "org-7f31";
    request.webhookUrl = receiver.url();
    const auto start = client->startLink(request);
    CPPUNIT_ASSERT_MESSAGE(start.ok() ? "" : start.error().text, start.ok());
    const std::string token{start->linkToken.reveal()};
    simulator.control("/_sim/link/complete", R"({"link_token":")" + token + R"("})");
    const auto outcome = client->linkOutcome(start->linkToken, LinkPurpose::Connect);
    CPPUNIT_ASSERT(outcome.ok() && outcome->state == LinkState::Succeeded);
    auto made = client->exchange(outcome->publicToken);
    CPPUNIT_ASSERT(made.ok());
    return std::move(made).value();
}

TransactionPage Setup::loop(const Secret& token, std::string cursor)
{
    TransactionPage all;
    all.nextCursor = std::move(cursor);
    do
    {
        auto page = client->transactions(token, all.nextCursor);
        CPPUNIT_ASSERT_MESSAGE(page.ok() ? "" : page.error().text, page.ok());
        all.added.insert(all.added.end(), page->added.begin(), page->added.end());
        all.modified.insert(all.modified.end(), page->modified.begin(), page->modified.end());
        all.removed.insert(all.removed.end(), page->removed.begin(), page->removed.end());
        all.nextCursor = page->nextCursor;
        all.hasMore = page->hasMore;
        all.history = page->history;
    } while (all.hasMore);
    return all;
}

TransactionPage Setup::history(const Secret& token)
{
    TransactionPage all = loop(token, "");
    for (int nth = 1; all.history != HistoryState::Complete; ++nth)
    {
        receiver.next("SYNC_UPDATES_AVAILABLE", nth);
        all = loop(token, "");
    }
    return all;
}

} // namespace bankfeed::testing
