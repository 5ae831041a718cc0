// A provider for link sessions: what it answers is set by the test, what it was asked is kept.
#pragma once

#include "base/AccessTokenSource.h"
#include "base/BankProvider.h"

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bankfeed::testing
{

class LinkBank final : public BankProvider
{
public:
    Result<LinkStart> startLink(const LinkRequest& request) override
    {
        const std::lock_guard lock(mutex_);
        ++starts;
        lastRequest = request;
        if (!startFailures.empty()) return take(startFailures);
        const std::string number = std::to_string(starts);
        return LinkStart{Secret("link-canary-" + number),
            Secret("https://bank/hl-canary-" + number), plusMs(now(), 4 * 3600 * 1000)};
    }

    Result<LinkOutcome> linkOutcome(const Secret& linkToken, LinkPurpose) override
    {
        const std::lock_guard lock(mutex_);
        ++looks;
        lastLinkToken = std::string(linkToken.reveal());
        if (whileLooking) whileLooking();
        if (!lookFailures.empty()) return take(lookFailures);
        return outcome;
    }

    Result<NewConnection> exchange(const Secret& publicToken) override
    {
        const std::lock_guard lock(mutex_);
        ++exchanges;
        lastPublicToken = std::string(publicToken.reveal());
        if (whileExchanging) std::exchange(whileExchanging, nullptr)();
        if (exchangeLosesAnswer > 0)
        {
            --exchangeLosesAnswer;
            used_ = true;
            return Error::unknown("http.lost", "The answer was lost.");
        }
        if (!exchangeFailures.empty()) return take(exchangeFailures);
        if (used_ && singleUse) return providerError("INVALID_PUBLIC_TOKEN", Remedy::Stop);
        used_ = true;
        return NewConnection{Secret("access-canary-1"), itemId};
    }

    /// The result is used, and nobody hears of it.
    void exchangeUnseen() { used_ = true; }

    Result<void> removeConnection(const Secret& accessToken) override
    {
        const std::lock_guard lock(mutex_);
        removed.emplace_back(accessToken.reveal());
        return success();
    }
    Result<ConnectionFacts> connection(const Secret&) override { return unused(); }
    Result<std::vector<ProviderAccount>> accounts(const Secret&) override { return unused(); }
    Result<TransactionPage> transactions(const Secret&, const std::string&) override
    {
        return unused();
    }

    static Error providerError(const std::string& code, Remedy remedy)
    {
        Error error = Error::internal("plaid.error", "The provider says " + code + ".");
        error.kind = ErrorKind::Provider;
        error.remedy = remedy;
        error.providerCode = code;
        error.providerRequestId = "req-1";
        return error;
    }

    /// The person has chosen; `accounts` as the session names them.
    void succeed(const std::string& institutionId, std::vector<LinkAccount> accounts)
    {
        outcome.state = LinkState::Succeeded;
        outcome.publicToken = Secret("public-canary-1");
        outcome.institutionId = institutionId;
        outcome.institutionName = "First Platypus Bank";
        outcome.accounts = std::move(accounts);
    }
    /// An update session has no result to exchange; `token` true: a provider that gives one anyway.
    void succeedUpdate(bool token)
    {
        outcome = {};
        outcome.state = LinkState::Succeeded;
        if (token) outcome.publicToken = Secret("public-canary-update");
    }

    std::function<UtcTime()> now;
    std::function<void()> whileLooking;    ///< What happens elsewhere during a look.
    std::function<void()> whileExchanging; ///< And during the next exchange.
    LinkOutcome outcome;
    std::string itemId = "item-1";
    bool singleUse = true;
    int exchangeLosesAnswer = 0;
    std::deque<Error> startFailures;
    std::deque<Error> lookFailures;
    std::deque<Error> exchangeFailures;

    int starts = 0;
    int looks = 0;
    int exchanges = 0;
    LinkRequest lastRequest;
    std::string lastLinkToken;
    std::string lastPublicToken;
    std::vector<std::string> removed;

private:
    static Error take(std::deque<Error>& failures)
    {
        Error error = failures.front();
        failures.pop_front();
        return error;
    }
    static Error unused() { return Error::internal("test.unused", "Not used by link sessions."); }

    std::mutex mutex_;
    bool used_ = false;
};

/// Gives every connection but "gone" one token.
class OneToken final : public AccessTokenSource
{
public:
    Result<Secret> accessToken(const std::string&, const std::string& connectionId) override
    {
        if (connectionId == goneId)
            return Error::notFound("connection.not_found", "The connection does not exist.");
        if (connectionId == damagedId)
        {
            Error error = Error::corrupt("connection.token_damaged", "It cannot be read.");
            error.remedy = Remedy::Relink;
            return error;
        }
        return Secret("access-canary-0");
    }
    std::string goneId;
    std::string damagedId; ///< What is stored of its token cannot be opened.
};

} // namespace bankfeed::testing
