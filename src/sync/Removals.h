// What is known before rows are taken out of the books because the bank shows them no more.
//
// A removal may mean that the bank took a row back. It may also mean that somebody ended the
// sharing of the account, and then nothing in the books changes.
#pragma once

#include "base/BankProvider.h"
#include "base/Random.h"
#include "base/Time.h"
#include "store/ConnectionRepository.h"
#include "store/LinkedAccountRepository.h"
#include "store/SyncLoopRepository.h"
#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::sync
{

struct RemovalJudgement
{
    using Words = std::set<std::string, std::less<>>;

    bool looked = false; ///< The bank was asked for its accounts after it said that rows are gone.
    Words shownAccounts; ///< accountMark of each of them.
    /// Bank accounts that would lose most of their rows: a person decides. Nothing: to be judged by
    /// the rows at hand, which are the whole loop.
    std::optional<Words> waiting;

    [[nodiscard]] bool shows(std::string_view providerAccountId) const;
};

/// A provider's account id as a word of fixed form.
[[nodiscard]] std::string accountMark(std::string_view providerAccountId);
[[nodiscard]] RemovalJudgement::Words marksOf(const std::vector<ProviderAccount>& accounts);

/// Words as a loop stores them.
[[nodiscard]] std::string textOf(const RemovalJudgement::Words& words);
[[nodiscard]] RemovalJudgement::Words wordsIn(const std::string& text);

/// Whether so many rows of an account go at once that a person has to look: more than twenty, and
/// more than half of what is booked. A bank that gives its rows new ids sends as many as it takes.
[[nodiscard]] bool losesMost(
    const store::TransactionRepository::Turnover& turnover, std::int64_t booked);

/// The accounts of which that is true.
[[nodiscard]] RemovalJudgement::Words waitingOf(store::TransactionRepository& mirror,
    const std::map<std::string, store::TransactionRepository::Turnover>& turnover);

/// Brings the notices about rows that stay in the books up to date.
void noteKept(store::Unit& unit, const std::string& tenant, const store::Connection& connection,
    const std::vector<store::LinkedAccount>& accounts, Random& random, UtcTime now);

} // namespace bankfeed::sync
