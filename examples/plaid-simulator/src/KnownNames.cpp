#include "KnownNames.h"

#include <algorithm>
#include <stdexcept>

namespace plaidsim
{

const std::map<std::string, NameList>& webhookNames()
{
    static const std::map<std::string, NameList> names{
        {"ITEM", {"ERROR", "LOGIN_REPAIRED", "NEW_ACCOUNTS_AVAILABLE", "PENDING_DISCONNECT",
                     "PENDING_EXPIRATION", "USER_ACCOUNT_REVOKED", "USER_PERMISSION_REVOKED",
                     "WEBHOOK_UPDATE_ACKNOWLEDGED"}},
        {"LINK", {"EVENTS", "ITEM_ADD_RESULT", "SESSION_FINISHED"}},
        {"TRANSACTIONS",
            {"DEFAULT_UPDATE", "HISTORICAL_UPDATE", "INITIAL_UPDATE",
                "RECURRING_TRANSACTIONS_UPDATE", "SYNC_UPDATES_AVAILABLE", "TRANSACTIONS_REMOVED"}},
        // Only /sandbox/item/fire_webhook sends these.
        {"AUTH", {"DEFAULT_UPDATE"}}, {"HOLDINGS", {"DEFAULT_UPDATE"}},
        {"INVESTMENTS_TRANSACTIONS", {"DEFAULT_UPDATE"}}, {"LIABILITIES", {"DEFAULT_UPDATE"}}};
    return names;
}

const NameList& accountTypes()
{
    static const NameList names{
        "depository", "credit", "loan", "investment", "payroll", "brokerage", "other"};
    return names;
}

const NameList& holderCategories()
{
    static const NameList names{"personal", "business", "unrecognized"};
    return names;
}

const NameList& currencyCodes()
{
    static const NameList names{"AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG",
        "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN",
        "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE",
        "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL",
        "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR",
        "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD",
        "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK",
        "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK",
        "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD",
        "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP",
        "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS",
        "UAH", "UGX", "USD", "UYU", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XOF",
        "XPF", "YER", "ZAR", "ZMW", "ZWG"};
    return names;
}

bool isAmong(const NameList& names, const std::string& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string listed(const NameList& names)
{
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

void requireAmong(const std::string& what, const std::string& name, const NameList& names)
{
    if (!isAmong(names, name))
        throw std::invalid_argument(
            what + " cannot be \"" + name + "\"; it can be " + listed(names));
}

void allowFields(const Json& body, const std::string& what, const NameList& names)
{
    for (const auto& [name, value] : body.items())
    {
        if (!isAmong(names, name))
            throw std::invalid_argument(
                what + " has no field \"" + name + "\"; it has " + listed(names));
    }
}

} // namespace plaidsim
