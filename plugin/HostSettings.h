// What the operator configured, read and checked once per start.
#pragma once

#include "HostTables.h"

#include "base/Result.h"
#include "base/Secret.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bankfeed::plugin
{

/// Where the database is, and whose word that is.
struct DatabasePlace
{
    Secret url;
    bool configured = false; ///< By the setting database_url; else in the host's data folder.
};

struct Settings
{
    std::string environment;               ///< "sandbox" or "production"; must be set.
    std::string baseUrl;                   ///< Of the provider.
    bool allowDevelopmentEndpoint = false; ///< Only then may baseUrl be a loopback address.
    DatabasePlace database;
    std::string clientName; ///< Shown to people in Link, 1..30 characters.
    std::string language;   ///< Of Link: "en".
    std::vector<std::string> countryCodes;
    int daysRequested = 730;          ///< 1..730; cannot be raised later for a connection.
    bool liveBalances = false;        ///< People may have Plaid ask the bank for balances; billed.
    bool refreshOnSyncNow = false;    ///< "Sync now" has Plaid look at the bank; each is billed.
    int pollIntervalSeconds = 21'600; ///< 900..604800; from 1 with a development endpoint.
    int workerThreads = 4;            ///< 1..16; from 2 on one is kept free of slow calls.
    bool holdRounded = false;         ///< Over-precise amounts wait for a person.
    bool webhooks = true;             ///< false: live by polling alone.
    Secret clientId;
    Secret clientSecret;
    Secret tokenKey;      ///< Seals. Empty: none stored yet.
    Secret tokenKeyOther; ///< Opens too, while the key is changed; empty: there is none.
};

/// True when nothing differs that needs a new start. The token key may have been made meanwhile.
[[nodiscard]] bool sameButCredentials(const Settings& one, const Settings& other);

/// What is wrong with the place of the database, in the words of whoever tried to use it. An error
/// that says nothing about the place (a database that is busy, or cannot be reached) stays as it
/// is.
[[nodiscard]] Error ofDatabase(const DatabasePlace& place, Error error);

/// Only the place of the database, for migrations. [host]
[[nodiscard]] Result<DatabasePlace> readDatabasePlace(const HostTables& tables);

/// All settings and secrets. Errors name the key, and say what may stand there. [host]
[[nodiscard]] Result<Settings> readSettings(const HostTables& tables);

} // namespace bankfeed::plugin
