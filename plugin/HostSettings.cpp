#include "HostSettings.h"

#include "base/Utf8.h"
#include "plaid/PlaidSettings.h"

#include <algorithm>
#include <charconv>

namespace bankfeed::plugin
{

namespace
{

constexpr std::size_t settingBytesMax = 4096;

struct Answer
{
    std::string text;
    ~Answer() { wipe(text); }
};

bf_status take(void* ctx, const void* data, uint64_t size)
{
    auto& answer = *static_cast<Answer*>(ctx);
    try
    {
        if (size > settingBytesMax - answer.text.size()) return BF_E_EXHAUSTED;
        answer.text.append(static_cast<const char*>(data), size);
        return BF_OK;
    }
    catch (...)
    {
        return BF_E_EXHAUSTED;
    }
}

Error bad(const std::string& key, const std::string& what)
{
    return Error::invalid("settings." + key, "The setting \"" + key + "\" of bankfeed " + what);
}

/// Characters, not bytes, of a text in UTF-8: that is what people count, and the provider too.
std::size_t charactersOf(const std::string& text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(),
        [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// The value of a key, or `otherwise` when the operator did not set it.
Result<std::string> setting(
    const HostTables& tables, const std::string& key, const std::string& otherwise)
{
    Answer answer;
    const bf_sink sink{&answer, take};
    const bf_status status = tables.config->get(tables.host, key.c_str(), &sink);
    if (status == BF_E_NOT_FOUND) return otherwise;
    if (status != BF_OK) return bad(key, "cannot be read from the host.");
    if (!isUtf8(answer.text) || answer.text.find('\0') != std::string::npos)
        return bad(key, "is not text in UTF-8.");
    return answer.text;
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
    Answer answer;
    const bf_sink sink{&answer, take};
    const bf_status status = tables.secrets->get(tables.host, name, &sink);
    if (status == BF_E_NOT_FOUND && !required) return Secret{};
    if (status == BF_E_NOT_FOUND || (status == BF_OK && answer.text.empty()))
        return Error::invalid("settings.secret_missing",
            std::string("The secret \"") + name +
                "\" is missing. Put it into the host's secrets for bankfeed.");
    if (status != BF_OK)
        return Error::invalid("settings.secret_unreadable",
            std::string("The host could not read the secret \"") + name +
                "\". The host's log says why; often others can read the file that holds it.");
    return Secret(answer.text);
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

Error ofSetting(const std::string& key, Error error)
{
    if (error.kind != ErrorKind::Invalid && error.kind != ErrorKind::Denied) return error;
    return bad(key, "cannot be used: " + error.text);
}

Result<Secret> readDatabaseUrl(const HostTables& tables)
{
    BF_LET(url, setting(tables, "database_url", ""));
    Secret configured(url);
    wipe(url);
    const std::string_view scheme = configured.reveal().substr(0, configured.reveal().find(':'));
    if (!configured.empty() && scheme != "sqlite" && scheme != "postgresql" && scheme != "postgres")
        return bad("database_url", "must begin with \"postgresql:\" or \"sqlite:\".");
    if (!configured.empty()) return configured;
    Answer folder;
    const bf_sink sink{&folder, take};
    if (tables.dataDir->path(tables.host, &sink) != BF_OK || folder.text.empty())
        return Error::invalid(
            "settings.data_dir", "The host could not make a data folder for bankfeed.");
    return Secret("sqlite:" + folder.text + "/bankfeed.db");
}

bool sameButCredentials(const Settings& one, const Settings& other)
{
    return one.environment == other.environment && one.baseUrl == other.baseUrl &&
           one.allowDevelopmentEndpoint == other.allowDevelopmentEndpoint &&
           one.databaseUrl.equals(other.databaseUrl) && one.clientName == other.clientName &&
           one.language == other.language && one.countryCodes == other.countryCodes &&
           one.daysRequested == other.daysRequested &&
           one.pollIntervalSeconds == other.pollIntervalSeconds &&
           one.workerThreads == other.workerThreads && one.webhooks == other.webhooks;
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

    BF_LET(url, readDatabaseUrl(tables));
    settings.databaseUrl = url;

    BF_LET(name, setting(tables, "client_name",
                     tables.host->name != nullptr ? tables.host->name : "Ledger"));
    if (name.empty() || charactersOf(name) > 30)
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
    BF_LET(threads, number(tables, "worker_threads", 2, 1, 16));
    settings.workerThreads = threads;
    BF_LET(webhooks, flag(tables, "webhooks", true));
    settings.webhooks = webhooks;

    BF_LET(clientId, secret(tables, "plaid.client_id", true));
    settings.clientId = clientId;
    BF_LET(clientSecret, secret(tables, "plaid.secret", true));
    settings.clientSecret = clientSecret;
    BF_LET(tokenKey, secret(tables, "bankfeed.token_key", false));
    settings.tokenKey = tokenKey;
    return settings;
}

} // namespace bankfeed::plugin
