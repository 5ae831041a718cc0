#include "money/Currency.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bankfeed::money
{

namespace
{

// ISO 4217, list one. Codes with two decimals, then the exceptions. Funds codes and metals are left
// out: no bank account is kept in them, and XXX and XTS mean "none".
constexpr std::string_view twoDecimals =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN "
    "PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL "
    "THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
constexpr std::string_view noDecimals =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
constexpr std::string_view threeDecimals = "BHD IQD JOD KWD LYD OMR TND";

bool lists(std::string_view list, std::string_view code)
{
    for (std::size_t at = 0; at + 3 <= list.size(); at += 4)
    {
        if (list.substr(at, 3) == code) return true;
    }
    return false;
}

} // namespace

Currency::Currency(std::string code, int exponent, bool official)
    : code_(std::move(code)), exponent_(exponent), official_(official)
{
}

Result<Currency> Currency::iso(std::string_view code)
{
    if (code.size() == 3)
    {
        if (lists(twoDecimals, code)) return Currency{std::string(code), 2, true};
        if (lists(noDecimals, code)) return Currency{std::string(code), 0, true};
        if (lists(threeDecimals, code)) return Currency{std::string(code), 3, true};
    }
    return Error::invalid(
        "money.unknown_currency", "The bank names a currency that ISO 4217 does not list.");
}

Result<Currency> Currency::unofficial(std::string_view code)
{
    const auto allowed = [](char c)
    {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    };
    if (code.empty() || code.size() > 11 || !std::all_of(code.begin(), code.end(), allowed))
        return Error::invalid(
            "money.unknown_currency", "The bank names a currency in a form that cannot be kept.");
    return Currency{std::string(code), 8, false};
}

} // namespace bankfeed::money
