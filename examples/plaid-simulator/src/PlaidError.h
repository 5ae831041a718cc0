// Errors as Plaid words them.
#pragma once

#include "ExactJson.h"

#include <exception>
#include <optional>
#include <string>

namespace plaidsim
{

struct PlaidError : std::exception
{
    int status = 400;
    std::string type;
    std::string code;
    std::string message;
    std::optional<std::string> displayMessage;
    std::optional<std::string> reason;

    PlaidError(int httpStatus, std::string errorType, std::string errorCode, std::string text)
        : status(httpStatus),
          type(std::move(errorType)),
          code(std::move(errorCode)),
          message(std::move(text))
    {
    }

    const char* what() const noexcept override { return message.c_str(); }

    // As an answer's body, without request_id.
    Json answerBody() const;

    // As the `error` of a webhook or an Item, which carries the status.
    Json embedded() const;

    static PlaidError invalidRequest(const std::string& code, const std::string& message);
    static PlaidError invalidInput(const std::string& code, const std::string& message);
    static PlaidError item(const std::string& code, const std::string& message);
    static PlaidError loginRequired();
};

} // namespace plaidsim
