// A transport that answers from a script and remembers what it was asked.
#pragma once

#include "base/HttpTransport.h"

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace bankfeed::testing
{

class ScriptedTransport final : public HttpTransport
{
public:
    using Answerer = std::function<Result<HttpResponse>(const HttpRequest&)>;

    struct Asked
    {
        std::string path;
        std::string body;
        std::vector<std::pair<std::string, std::string>> headers;
        std::int64_t deadlineMs = 0;
        std::size_t answerBytesMax = 0;
    };

    /// Answers the next request with this.
    void answer(int status, std::string body)
    {
        HttpResponse response;
        response.status = status;
        response.body = std::move(body);
        script_.emplace_back(std::move(response));
    }
    void answer(Result<HttpResponse> result) { script_.push_back(std::move(result)); }

    /// Answers every request by a function; called without a lock, from the caller's thread.
    void answerBy(Answerer answerer) { answerer_ = std::move(answerer); }

    Result<HttpResponse> post(const HttpRequest& request) override
    {
        {
            const std::lock_guard lock(mutex_);
            Asked asked{request.path, std::string(request.body.reveal()), {}, request.deadlineMs,
                request.answerBytesMax};
            for (const auto& [name, value] : request.headers)
                asked.headers.emplace_back(name, std::string(value.reveal()));
            asked_.push_back(std::move(asked));
        }
        if (answerer_) return answerer_(request);
        const std::lock_guard lock(mutex_);
        if (script_.empty()) return Error::internal("script", "The script has no more answers.");
        auto next = std::move(script_.front());
        script_.pop_front();
        return next;
    }

    void abort() override {}

    [[nodiscard]] std::vector<Asked> asked() const
    {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

private:
    mutable std::mutex mutex_;
    std::deque<Result<HttpResponse>> script_;
    std::vector<Asked> asked_;
    Answerer answerer_;
};

} // namespace bankfeed::testing
