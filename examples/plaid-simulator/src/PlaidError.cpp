#include "PlaidError.h"

#include <algorithm>
#include <cctype>

namespace plaidsim
{

namespace
{

Json orNull(const std::optional<std::string>& text)
{
    return text ? Json(*text) : Json();
}

std::string anchor(std::string type)
{
    std::transform(type.begin(), type.end(), type.begin(),
        [](unsigned char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
    return type + (type.find("error") == std::string::npos ? "-errors" : "s");
}

} // namespace

Json PlaidError::answerBody() const
{
    return {{"display_message", orNull(displayMessage)},
        {"documentation_url", "https://plaid.com/docs/?ref=error#" + anchor(type)},
        {"error_code", code}, {"error_code_reason", orNull(reason)}, {"error_message", message},
        {"error_type", type}, {"suggested_action", nullptr}};
}

Json PlaidError::embedded() const
{
    return {{"display_message", orNull(displayMessage)}, {"error_code", code},
        {"error_code_reason", orNull(reason)}, {"error_message", message}, {"error_type", type},
        {"status", status}};
}

PlaidError PlaidError::invalidRequest(const std::string& code, const std::string& message)
{
    return {400, "INVALID_REQUEST", code, message};
}

PlaidError PlaidError::invalidInput(const std::string& code, const std::string& message)
{
    return {400, "INVALID_INPUT", code, message};
}

PlaidError PlaidError::item(const std::string& code, const std::string& message)
{
    return {400, "ITEM_ERROR", code, message};
}

PlaidError PlaidError::loginRequired()
{
    PlaidError error = item("ITEM_LOGIN_REQUIRED",
        "the login details of this item have changed (credentials, MFA, or required user action) "
        "and a user login is required to update this information. use Link's update mode to "
        "restore the item to a good state");
    error.displayMessage = "Your login details need to be confirmed with your bank.";
    return error;
}

} // namespace plaidsim
