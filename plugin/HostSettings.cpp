#include "HostSettings.h"

#include "HostAnswers.h"

#include "base/Utf8.h"
#include "plaid/PlaidSettings.h"

#include <algorithm>
#include <charconv>

namespace bankfeed::plugin
{

namespace
{

constexpr std::size_t settingBytesMax = 4096;
constexpr std::size_t clientNameCharactersMax = 30;

Error bad(const std::string& key, const std::string& what)
{
    return Error::invalid("settings." + key, "The setting \"" + key + "\" of bankfeed " + what);
}

bool beginsCharacter(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// Characters, not bytes, of a text in UTF-8: that is what people count, and the provider too.
std::size_t charactersOf(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), beginsCharacter));
}

/// The host's name, for an operator who set none: as much of it as people are shown.
std::string nameOf(const bf_host& host)
{
    const std::string name = host.name != nullptr ? host.name : "";
    std::string head;
    std::size_t characters = 0;
    for (const char byte : name)
    {
        if (beginsCharacter(byte) && ++characters > clientNameCharactersMax) break;
        head.push_back(byte);
    }
    return head.empty() ? "Ledger" : head;
}

/// The value of a key, or `otherwise` when the operator did not set it.
Result<std::string> setting(
    const HostTables& tables, const std::string& key, const std::string& otherwise)
{
    HostText answer(settingBytesMax);
    const bf_status status = tables.config->get(tables.host, key.c_str(), answer.sink());
    if (status == BF_E_NOT_FOUND) return otherwise;
    if (answer.tooLong())
        return bad(key, "is longer than " + std::to_string(settingBytesMax) + " bytes.");
    if (status != BF_OK)
        return bad(key, "cannot be read from the host (status " + std::to_string(status) + ").");
    if (const char* const fault = answer.fault()) return bad(key, std::string(fault) + ".");
    return answer.bytes();
}

Result<int> number(
    const HostTables& tables, const std::string& key, int otherwise, int least, int most)
{
    BF_LET(text, setting(tables, key, std::to_string(otherwise)));
    int value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        return bad(key, "must be a whole number from " + std::to_string(least) + " to " +
                            std::to_string(most) + ".");
    return value;
}

Result<bool> flag(const HostTables& tables, const std::string& key, bool otherwise)
{
    BF_LET(text, setting(tables, key, otherwise ? "on" : "off"));
    if (text == "on" || text == "true") return true;
    if (text == "off" || text == "false") return false;
    return bad(key, "must be \"on\" or \"off\".");
}

Result<Secret> secret(const HostTables& tables, const char* name, bool required)
{
    HostText answer(BF_SECRET_SIZE_MAX);
    const bf_status status = tables.secrets->get(tables.host, name, answer.sink());
    if (status == BF_E_NOT_FOUND && !required) return Secret{};
    if (status == BF_E_NOT_FOUND || (status == BF_OK && answer.bytes().empty()))
        return Error::invalid("settings.secret_missing",
            std::string("The secret \"") + name +
                "\" is missing. Put it into the host's secrets for bankfeed.");
    if (status != BF_OK || answer.tooLong())
        return Error::invalid("settings.secret_unreadable",
            std::string("The host could not read the secret \"") + name +
                "\". The host's log says why; often others can read the file that holds it.");
    return Secret(answer.bytes());
}

/// A secret that travels in a header: one that a file or an editor has spoilt is told here, and not
/// by a provider that refuses it.
Result<Secret> credential(const HostTables& tables, const char* name)
{
    BF_LET(value, secret(tables, name, true));
    const std::string_view bytes = value.reveal();
    if (std::all_of(bytes.begin(), bytes.end(), [](char c) { return c > ' ' && c <= '~'; }))
        return value;
    const bool line = bytes.back() == '\n' || bytes.back() == '\r';
    return Error::invalid("settings.secret_spoilt",
        std::string("The secret \"") + name + "\" " +
            (line ? "ends with a line break"
                  : "holds a space, a control byte or a letter that is not ASCII") +
            ". Put it into the host's secrets for bankfeed exactly as Plaid shows it.");
}

/// " US, CA, ...": for a sentence.
std::string offered()
{
    std::string list;
    for (const std::string_view country : plaid::offeredCountries)
        list.append(list.empty() ? " " : ", ").append(country);
    return list;
}

Result<std::vector<std::string>> countries(const HostTables& tables)
{
    BF_LET(text, setting(tables, "country_codes", "US"));
    std::vector<std::string> codes;
    std::string code;
    for (const char c : text + ",")
    {
        if (c == ' ') continue;
        if (c != ',')
        {
            code.push_back(c);
            continue;
        }
        if (code.size() != 2 ||
            !std::all_of(code.begin(), code.end(), [](char l) { return l >= 'A' && l <= 'Z'; }))
            return bad("country_codes",
                "must be two-letter codes with commas between them, such as \"US,CA\".");
        if (std::find(plaid::offeredCountries.begin(), plaid::offeredCountries.end(), code) ==
            plaid::offeredCountries.end())
            return bad("country_codes",
                "names \"" + code + "\", where Plaid offers no banks. It offers" + offered() + ".");
        codes.push_back(code);
        code.clear();
    }
    return codes;
}

} // namespace

Error ofDatabase(const DatabasePlace& place, Error error)
{
    if (error.kind != ErrorKind::Invalid && error.kind != ErrorKind::Denied) return error;
    if (place.configured) return bad("database_url", "cannot be used: " + error.text);
    return Error::invalid("settings.data_dir",
        "The data folder that the host gave (data-dir path) cannot be used: " + error.text);
}

Result<DatabasePlace> readDatabasePlace(const HostTables& tables)
{
    BF_LET(url, setting(tables, "database_url", ""));
    Secret configured(url);
    wipe(url);
    const std::string_view scheme = configured.reveal().substr(0, configured.reveal().find(':'));
    if (!configured.empty() && scheme != "sqlite" && scheme != "postgresql" && scheme != "postgres")
        return bad("database_url", "must begin with \"postgresql:\" or \"sqlite:\".");
    if (!configured.empty()) return DatabasePlace{configured, true};
    HostText folder(settingBytesMax);
    const bf_status status = tables.dataDir->path(tables.host, folder.sink());
    if (status != BF_OK || folder.bytes().empty())
        return Error::invalid("settings.data_dir",
            "The host could not make a data folder for bankfeed (data-dir path, status " +
                std::to_string(status) + ").");
    const char* fault = folder.fault();
    if (fault == nullptr && folder.bytes().front() != '/') fault = "is not an absolute path";
    if (fault != nullptr)
        return Error::invalid("settings.data_dir",
            std::string("The data folder that the host gave (data-dir path) ") + fault + ".");
    return DatabasePlace{Secret("sqlite:" + folder.bytes() + "/bankfeed.db"), false};
}

bool sameButCredentials(const Settings& one, const Settings& other)
{
    return one.environment == other.environment && one.baseUrl == other.baseUrl &&
           one.allowDevelopmentEndpoint == other.allowDevelopmentEndpoint &&
           one.database.url.equals(other.database.url) && one.clientName == other.clientName &&
           one.language == other.language && one.countryCodes == other.countryCodes &&
           one.daysRequested == other.daysRequested &&
           one.pollIntervalSeconds == other.pollIntervalSeconds &&
           one.refreshOnSyncNow == other.refreshOnSyncNow &&
           one.liveBalances == other.liveBalances && one.workerThreads == other.workerThreads &&
           one.webhooks == other.webhooks && one.holdRounded == other.holdRounded;
}

Result<Settings> readSettings(const HostTables& tables)
{
    Settings settings;
    BF_LET(environment, setting(tables, "environment", ""));
    if (environment != "sandbox" && environment != "production")
        return bad("environment", "must be \"sandbox\" or \"production\"; it has no default.");
    settings.environment = environment;

    BF_LET(baseUrl, setting(tables, "base_url", "https://" + environment + ".plaid.com"));
    BF_LET(development, flag(tables, "allow_development_endpoint", false));
    settings.baseUrl = baseUrl;
    settings.allowDevelopmentEndpoint = development;

    BF_LET(database, readDatabasePlace(tables));
    settings.database = database;

    BF_LET(name, setting(tables, "client_name", nameOf(*tables.host)));
    if (name.empty() || charactersOf(name) > clientNameCharactersMax)
        return bad("client_name", "must have 1 to 30 characters.");
    settings.clientName = name;
    BF_LET(language, setting(tables, "language", "en"));
    if (language.size() != 2) return bad("language", "must be a two-letter code such as \"en\".");
    settings.language = language;
    BF_LET(codes, countries(tables));
    settings.countryCodes = codes;

    BF_LET(days, number(tables, "days_requested", 730, 1, 730));
    settings.daysRequested = days;
    // Below a quarter of an hour the provider's limits would be spent on asking; a simulator has
    // none.
    BF_LET(
        interval, number(tables, "poll_interval_seconds", 21'600, development ? 1 : 900, 604'800));
    settings.pollIntervalSeconds = interval;
    BF_LET(refresh, flag(tables, "refresh_on_sync_now", false));
    settings.refreshOnSyncNow = refresh;
    BF_LET(liveBalances, flag(tables, "live_balances", false));
    settings.liveBalances = liveBalances;
    BF_LET(threads, number(tables, "worker_threads", 4, 1, 16));
    settings.workerThreads = threads;
    BF_LET(overPrecise, setting(tables, "over_precise_amounts", "book"));
    if (overPrecise != "book" && overPrecise != "hold")
        return bad("over_precise_amounts", "must be \"book\" or \"hold\".");
    settings.holdRounded = overPrecise == "hold";
    BF_LET(webhooks, flag(tables, "webhooks", true));
    settings.webhooks = webhooks;

    BF_LET(clientId, credential(tables, "plaid.client_id"));
    settings.clientId = clientId;
    BF_LET(clientSecret, credential(tables, "plaid.secret"));
    settings.clientSecret = clientSecret;
    BF_LET(tokenKey, secret(tables, "bankfeed.token_key", false));
    settings.tokenKey = tokenKey;
    BF_LET(other, secret(tables, "bankfeed.token_key_other", false));
    settings.tokenKeyOther = other;
    return settings;
}

} // namespace bankfeed::plugin
