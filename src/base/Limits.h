// Every limit of the core, in one place. Reaching a limit is an error, not success.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bankfeed::limits
{

// --- from outside ---
inline constexpr std::size_t webhookBodyBytes =
    256 * 1024; ///< DESIGN decision; larger ones are refused unread.
inline constexpr std::size_t webhookTokenBytes =
    4096; ///< A Plaid-Verification value is about 400 bytes.
inline constexpr std::size_t providerAnswerBytes =
    32 * 1024 * 1024; ///< A page of 500 transactions is about 0.8 MB.
inline constexpr std::size_t jsonDepth = 32;
inline constexpr std::size_t textBytes = 1000; ///< Descriptions and names, stored and delivered.
inline constexpr std::size_t idBytes = 256;    ///< Provider ids: opaque, today 37 characters.
inline constexpr std::size_t consoleBodyBytes = 64 * 1024;

// --- work ---
inline constexpr std::size_t rowsPerUnit = 500; ///< So that a long sync never holds up a webhook.
inline constexpr std::size_t transactionsPerPage = 500; ///< The provider's own maximum.
inline constexpr int pagesPerLoop = 2000;               ///< One million transactions in one loop.
inline constexpr int restartsPerLoop = 5; ///< After these mutations: resync from empty.
inline constexpr int accountsPerConnection = 500;
inline constexpr int connectionsPerTenant = 10'000;
inline constexpr int countriesPerInstitution = 64;
inline constexpr int bankAccountsPerTenant =
    100'000; ///< With as many no other connection is begun.
inline constexpr int ledgerAccountsPerTenant = 100'000; ///< What ext/ledger-accounts.h promises.
inline constexpr int jobAttempts = 12;              ///< Then a notice, and the schedule takes over.
inline constexpr std::size_t changesPerBatch = 500; ///< The ABI takes 512.
inline constexpr std::uint32_t entriesPerVisit = 250; ///< The ABI takes 256.
inline constexpr std::size_t webhooksPerCommit = 64;
inline constexpr std::size_t inboxWaiting = 100'000; ///< Unprocessed webhooks; more answer 503.

/// Of one row in the currency's smallest unit; larger ones are held. No account holds that much,
/// and the books add rows of all accounts up in 64 bits: with this limit some 900 of the largest
/// rows fit the counter-account that they share, without it a single one may shut it for all.
inline constexpr std::int64_t unitsPerRow = 10'000'000'000'000'000;

// --- time, milliseconds ---
inline constexpr std::int64_t keyFetchWaitMs = 2'000; ///< What a webhook waits for an unknown key.
inline constexpr std::int64_t connectTimeoutMs = 5'000;
inline constexpr std::int64_t callDeadlineMs = 30'000;
inline constexpr std::int64_t slowCallDeadlineMs =
    90'000; ///< Sync, balance and refresh reach out to the bank.
inline constexpr std::int64_t jobLeaseMs = 180'000; ///< Longer than any call deadline.
inline constexpr std::int64_t webhookAgeMaxSeconds = 300;
inline constexpr std::int64_t webhookFutureMaxSeconds = 60;

} // namespace bankfeed::limits
