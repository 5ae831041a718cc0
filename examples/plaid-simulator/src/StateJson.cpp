#include "StateJson.h"

#include "WireForms.h"
#include "World.h"

namespace plaidsim
{

namespace
{

Json orNull(const std::optional<std::string>& text)
{
    return text ? Json(*text) : Json();
}

Json rowJson(const BankTransaction& row)
{
    return {{"id", row.id}, {"date", dayText(row.date)}, {"amount", exactNumber(row.amount)},
        {"amount_text", row.amount.text()}, {"name", row.name}, {"pending", row.pending},
        {"replaces_pending", row.replacesPending.empty() ? Json() : Json(row.replacesPending)}};
}

Json accountStateJson(const BankAccount& account, bool rows)
{
    const auto available = account.availableBalance();
    Json json = {{"account_id", account.id}, {"login_id", account.loginId}, {"name", account.name},
        {"official_name", orNull(account.officialName)}, {"type", account.type},
        {"subtype", account.subtype}, {"mask", orNull(account.mask)},
        {"currency", orNull(account.isoCurrency)},
        {"unofficial_currency", orNull(account.unofficialCurrency)}, {"closed", account.closed},
        {"opening_balance", account.openingBalance.text()},
        {"current", account.currentBalance().text()},
        {"available", available ? Json(available->text()) : Json()}};
    if (!rows) return json;
    json["rows"] = Json::array();
    for (const auto& row : account.rows)
    {
        if (!row->removed) json["rows"].push_back(rowJson(*row));
    }
    return json;
}

Json sharedJson(const std::string& bankAccountId, const SharedAccount& shared, bool rows)
{
    static constexpr const char* names[] = {"nothing", "recent", "everything"};
    Json json = {{"bank_account_id", bankAccountId}, {"account_id", shared.accountId},
        {"loaded", names[static_cast<int>(shared.loaded)]},
        {"transaction_count", shared.rows.size()}};
    if (!rows) return json;
    json["transactions"] = Json::array();
    for (const auto& [rowId, view] : shared.rows)
    {
        json["transactions"].push_back(
            {{"transaction_id", view->transactionId}, {"bank_row_id", rowId},
                {"amount_text", view->row->amount.text()}, {"date", dayText(view->row->date)},
                {"name", view->row->name}, {"pending", view->row->pending},
                {"pending_transaction_id", orNull(view->pendingTransactionId)}});
    }
    return json;
}

Json itemStateJson(World& world, const Item& item, bool rows)
{
    Json shared = Json::array();
    for (const auto& id : item.sharedOrder)
        shared.push_back(sharedJson(id, item.shared.at(id), rows));
    return {{"item_id", item.id}, {"access_token", item.accessToken},
        {"institution_id", item.institutionId}, {"login_id", item.loginId},
        {"client_user_id", item.clientUserId}, {"webhook", orNull(item.webhook)},
        {"days_requested", item.daysRequested}, {"created_at", timestamp(item.createdAt)},
        {"exchanged", item.exchanged}, {"removed", item.removed},
        {"error", item.error ? Json(item.error->code) : Json()},
        {"initial_update_complete", item.initialDone},
        {"historical_update_complete", item.historyDone}, {"sync_armed", item.syncArmed},
        {"log_length", item.log.updates().size()}, {"products", item.products},
        {"item", itemJson(world, item, true)}, {"shared", std::move(shared)},
        {"retired_account_ids", item.retiredAccountIds}};
}

Json linkStateJson(const LinkToken& token)
{
    Json sessions = Json::array();
    for (const auto& session : token.sessions)
    {
        sessions.push_back({{"link_session_id", session.id},
            {"finished", session.finished.has_value()}, {"exited", session.exited}});
    }
    return {{"link_token", token.token}, {"hosted_id", token.hostedId},
        {"update_item_id", token.itemId}, {"expiration", timestamp(token.expires)},
        {"sessions", std::move(sessions)}};
}

} // namespace

Json stateJson(World& world, bool rows)
{
    Json json = {{"now", preciseTimestamp(world.clock.now())},
        {"settings", world.settings.toJson()}, {"institutions", Json::array()},
        {"logins", Json::array()}, {"accounts", Json::array()}, {"items", Json::array()},
        {"link_tokens", Json::array()}, {"keys", Json::array()}};
    for (const auto& [id, bank] : world.truth.institutions())
        json["institutions"].push_back({{"institution_id", id}, {"name", bank.name}});
    for (const auto& [id, login] : world.truth.logins())
    {
        json["logins"].push_back({{"login_id", id}, {"institution_id", login.institutionId},
            {"username", login.username}, {"account_ids", login.accountIds},
            {"notify", login.notifiesNewAccounts}, {"dynamic", login.dynamic}});
    }
    for (const auto& [id, account] : world.truth.accounts())
        json["accounts"].push_back(accountStateJson(account, rows));
    for (const auto& [id, item] : world.items())
        json["items"].push_back(itemStateJson(world, *item, rows));
    for (const auto& [text, token] : world.links.tokens())
        json["link_tokens"].push_back(linkStateJson(*token));
    for (const auto& key : world.signer.keys())
    {
        json["keys"].push_back(
            {{"kid", key.kid}, {"expired_at", key.expiredAt ? Json(*key.expiredAt) : Json()}});
    }
    return json;
}

} // namespace plaidsim
