#include "accounts/Feedability.h"

#include "money/Currency.h"

namespace bankfeed::accounts
{

bool feedableType(std::string_view type, std::string_view subtype)
{
    return type == "depository" || type == "credit" || (type == "loan" && subtype == "student");
}

LedgerAccountType ledgerTypeFor(std::string_view type)
{
    return type == "credit" || type == "loan" ? LedgerAccountType::Liability
                                              : LedgerAccountType::Asset;
}

std::string_view nameOf(LedgerAccountType type)
{
    switch (type)
    {
    case LedgerAccountType::Asset: return "asset";
    case LedgerAccountType::Liability: return "liability";
    case LedgerAccountType::Equity: return "equity";
    case LedgerAccountType::Income: return "income";
    case LedgerAccountType::Expense: return "expense";
    }
    return "unknown";
}

ShownCurrency shownCurrency(const std::string& code, bool official)
{
    if (code.empty()) return {};
    const auto currency = official ? money::Currency::iso(code) : money::Currency::unofficial(code);
    if (!currency.ok()) return {};
    return {currency->code(), currency->exponent(), currency->official()};
}

} // namespace bankfeed::accounts
