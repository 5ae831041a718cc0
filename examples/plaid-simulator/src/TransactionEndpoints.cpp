#include "ApiEndpoints.h"
#include "DynamicLogin.h"
#include "WireForms.h"
#include "World.h"

#include <algorithm>
#include <set>

namespace plaidsim
{

namespace
{

PlaidError foreignCursor()
{
    return PlaidError::invalidRequest("INVALID_FIELD", "cursor not associated with access_token");
}

Cursor readCursor(const Item& item, const std::string& stream, const std::string& text)
{
    if (text.empty()) return {item.id, stream, 0, 0, 0, 0};
    const auto cursor = Cursor::decode(text);
    const std::uint64_t head = item.log.updates().size();
    if (!cursor || cursor->itemId != item.id || cursor->stream != stream ||
        cursor->sequence > head || cursor->loopStart > head || cursor->loopEnd > head)
        throw foreignCursor();
    return *cursor;
}

const char* statusOf(const Item& item)
{
    if (item.historyDone) return "HISTORICAL_UPDATE_COMPLETE";
    return item.initialDone ? "INITIAL_UPDATE_COMPLETE" : "NOT_READY";
}

Json emptyPage(const Item& item, const std::string& cursor)
{
    return {{"accounts", Json::array()}, {"added", Json::array()}, {"modified", Json::array()},
        {"removed", Json::array()}, {"next_cursor", cursor}, {"has_more", false},
        {"transactions_update_status", statusOf(item)}};
}

Json pageJson(World& world, const Item& item, const SyncPage& page, bool originalDescription)
{
    Json answer = emptyPage(item, page.next.encode());
    answer["has_more"] = page.hasMore;
    std::set<std::string> concerned;
    for (const auto& update : page.updates)
    {
        const ViewRow& row = *update.row;
        if (item.shared.count(row.bankAccountId) != 0 &&
            item.shared.at(row.bankAccountId).accountId == row.accountId)
            concerned.insert(row.bankAccountId);
        if (update.change == TruthChange::removed)
            answer["removed"].push_back(
                {{"account_id", row.accountId}, {"transaction_id", row.transactionId}});
        else
            answer[update.change == TruthChange::added ? "added" : "modified"].push_back(
                transactionJson(world, row, originalDescription));
    }
    for (const auto& id : concerned)
        answer["accounts"].push_back(accountJson(world, item, id));
    return answer;
}

Json sync(World& world, const Json& body)
{
    Item& item = world.itemByToken(body.at("access_token").get<std::string>());
    if (item.error) throw PlaidError(*item.error);
    const Json options = body.value("options", Json::object());
    const std::string stream = options.value("account_id", "");
    if (!stream.empty() && item.byAccountId(stream) == nullptr)
        throw PlaidError::invalidInput("INVALID_ACCOUNT_ID", "no such account in this item");
    if (!item.transactionsOn) world.startTransactions(item, options.value("days_requested", 90));
    item.syncArmed = true;
    const std::string text = body.value("cursor", "");
    if (!item.initialDone) return emptyPage(item, "");
    if (text == "now")
    {
        const std::uint64_t head = item.log.updates().size();
        return emptyPage(item, Cursor{item.id, stream, head, 0, 0, 0}.encode());
    }
    const auto count = static_cast<std::size_t>(
        std::min(body.value("count", std::int64_t{100}), world.settings.pageSizeCap));
    const auto page = item.pages.page(
        item.log, readCursor(item, stream, text), count, world.settings.ghostRemovals);
    if (!page)
        throw PlaidError(400, "TRANSACTIONS_ERROR", "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION",
            "Underlying transaction data changed since last page was fetched. Please restart "
            "pagination from last update.");
    const Json& original = options.value("include_original_description", Json(false));
    return pageJson(world, item, *page, original == true);
}

Json refresh(World& world, const Json& body)
{
    Item& item = world.itemByToken(body.at("access_token").get<std::string>());
    if (item.error) throw PlaidError(*item.error);
    if (!item.transactionsOn)
        throw PlaidError::item(
            "PRODUCTS_NOT_SUPPORTED", "transactions is not enabled for this item");
    const Login* login = world.truth.login(item.loginId);
    if (login != nullptr && login->dynamic) refreshDynamicLogin(world, *login);
    world.catchUp(item);
    return Json::object();
}

// The newest row that the client has had before `cursor` and that is still as it was; the page's
// own first row where there is none.
Json rowSeenBefore(
    World& world, const Item& item, const std::string& cursorText, const Json& answer)
{
    const auto cursor = Cursor::decode(cursorText);
    std::uint64_t sequence = cursor ? cursor->sequence : 0;
    for (; sequence > 0; --sequence)
    {
        const Update& update = item.log.updates()[sequence - 1];
        const auto account = item.shared.find(update.row->bankAccountId);
        if (account == item.shared.end()) continue;
        const auto now = account->second.rows.find(update.row->row->id);
        if (now != account->second.rows.end() && now->second == update.row)
            return transactionJson(world, *update.row, false);
    }
    return answer.at("added").empty() ? Json() : answer.at("added").front();
}

} // namespace

void addOddRows(
    World& world, const Item& item, const Fault& fault, const Json& request, Json& answer)
{
    if (fault.kind == FaultKind::unknownRemoval && !item.sharedOrder.empty())
        answer["removed"].push_back(
            {{"account_id", item.shared.at(item.sharedOrder.front()).accountId},
                {"transaction_id", world.requestRandom.alphanumeric(37)}});
    if (fault.kind != FaultKind::repeatedRow) return;
    Json row = rowSeenBefore(world, item, request.value("cursor", ""), answer);
    if (!row.is_null()) answer["added"].push_back(std::move(row));
}

void addTransactionEndpoints(EndpointTable& table)
{
    table["/transactions/sync"] = {
        {text("access_token").must(), text("cursor", 256), whole("count", 1, 500),
            object("options", {flag("include_original_description").orNull(),
                                  flag("include_personal_finance_category"),
                                  flag("include_logo_and_counterparty_beta"),
                                  choice("personal_finance_category_version", {"v1", "v2"}),
                                  whole("days_requested", 1, 730), text("account_id")})},
        sync};
    table["/transactions/refresh"] = {{text("access_token").must()}, refresh};
}

} // namespace plaidsim
