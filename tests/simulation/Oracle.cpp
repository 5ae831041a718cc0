#include "Oracle.h"

#include "Cursor.h"
#include "OracleAmounts.h"

#include "base/Date.h"
#include "base/RootKey.h"
#include "money/Decimal.h"

#include <algorithm>
#include <set>
#include <utility>

namespace bankfeed::simulation
{

store::Rows Oracle::query(const std::string& sql)
{
    auto rows =
        plain_.read([&](store::Unit& unit) -> Result<store::Rows> { return unit.query(sql); });
    if (!rows.ok()) broken("the oracle cannot read: " + rows.error().text);
    return std::move(*rows);
}

std::string Oracle::about(const MirrorRow& row) const
{
    const auto truth = truths_.find(row.id);
    return "row " + row.id + " (" +
           (truth == truths_.end() ? std::string("?")
                                   : truth->second.accountId + " " + truth->second.rowId) +
           ", " + row.exact + " on " + row.bookedOn + (row.pending ? " pending" : "") +
           (row.removed ? " removed" : "") + ", lane " + row.lane + " " + row.reason + ", root " +
           row.rootKey + " r" + std::to_string(row.revision) + ")";
}

void Oracle::learnIds()
{
    for (const auto& [id, item] : plaid_.world.items())
    {
        const auto& updates = item->log.updates();
        for (std::size_t& at = idsLearnt_[id]; at < updates.size(); ++at)
        {
            const auto& row = *updates[at].row;
            truths_[row.transactionId] = {row.bankAccountId, row.row->id};
            accountsOf_[row.accountId] = row.bankAccountId;
        }
        for (const auto& [bankAccountId, shared] : item->shared)
            accountsOf_[shared.accountId] = bankAccountId;
    }
}

void Oracle::read()
{
    learnIds();
    mirror_.clear();
    links_.clear();
    current_.clear();
    accounts_.clear();
    itemOf_.clear();
    historyOf_.clear();
    const auto rows = query("SELECT connection_id, provider_transaction_id, provider_account_id, "
                            "bank_account_id, amount_exact, booked_on, pending, removed, lane, "
                            "lane_reason, root_key, revision, sent_ledger_account_id, sent_units, "
                            "sent_booked_on, units, rounded, entry_mark FROM "
                            "bank_transaction" +
                            ours() + "ORDER BY connection_id, provider_transaction_id");
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
        MirrorRow row{rows.text(i, 0), rows.text(i, 1), rows.text(i, 2),
            rows.maybeText(i, 3).value_or(""), rows.text(i, 4), rows.text(i, 5),
            rows.number(i, 6) != 0, rows.number(i, 7) != 0, rows.text(i, 8), rows.text(i, 9),
            rows.text(i, 10), rows.number(i, 11), rows.text(i, 12), rows.number(i, 13),
            rows.text(i, 14), rows.number(i, 15), rows.number(i, 16) != 0,
            rows.text(i, 17) == "removed", false};
        row.live = row.lane == "booked" && row.revision > 0 && !row.marked;
        mirror_.push_back(std::move(row));
    }
    const auto links =
        query("SELECT link_id, bank_account_id, feed_id, ledger_account_id, start_date, state, "
              "opening, opening_units, opening_revision, opening_ordinal, ended_at FROM "
              "account_link" +
              ours() + "ORDER BY created_at, link_id");
    for (std::size_t i = 0; i < links.size(); ++i)
    {
        LinkRow link{links.text(i, 0), links.text(i, 1), links.text(i, 2),
            links.maybeText(i, 3).value_or(""), links.text(i, 4), links.text(i, 5),
            links.text(i, 6), links.number(i, 7), links.number(i, 8), links.number(i, 9),
            !links.isNull(i, 10)};
        if (!link.ended) current_[link.bankAccountId] = link;
        links_.push_back(std::move(link));
    }
    const auto accounts =
        query("SELECT bank_account_id, connection_id, provider_account_id, currency, state, "
              "feedable FROM bank_account" +
              ours());
    for (std::size_t i = 0; i < accounts.size(); ++i)
        accounts_[accounts.text(i, 0)] = {accounts.text(i, 0), accounts.text(i, 1),
            accounts.text(i, 2), accounts.text(i, 3), accounts.text(i, 4),
            accounts.number(i, 5) != 0};
    const auto connections = query(
        "SELECT connection_id, provider_connection_id, state, history FROM connection" + ours());
    for (std::size_t i = 0; i < connections.size(); ++i)
    {
        historyOf_[connections.text(i, 0)] = connections.text(i, 3);
        const auto* item = plaid_.world.item(connections.text(i, 1));
        if (item != nullptr && !item->removed) itemOf_[connections.text(i, 0)] = item->id;
    }
}

bool Oracle::bookedElsewhere(const MirrorRow& row) const
{
    const auto truth = truths_.find(row.id);
    if (truth == truths_.end()) return false;
    return std::any_of(mirror_.begin(), mirror_.end(),
        [&](const MirrorRow& other)
        {
            const auto found = truths_.find(other.id);
            return other.live && other.id != row.id && found != truths_.end() &&
                   found->second == truth->second;
        });
}

bool Oracle::wasOnce(const TruthRow& truth, const MirrorRow& row) const
{
    const auto& versions = bank_.versions(truth.accountId, truth.rowId);
    return std::any_of(versions.begin(), versions.end(),
        [&](const Version& one)
        {
            const auto said = money::Decimal::nearest(one.amount.text());
            return said.ok() && said->negated().text() == row.exact && one.date == row.bookedOn;
        });
}

std::string Oracle::entryOf(
    const std::string& transactionId, const std::vector<std::string>& entries)
{
    read();
    const auto truth = truths_.find(transactionId);
    if (truth == truths_.end()) return "";
    const auto named = [&](const std::string& entry) -> const MirrorRow*
    {
        for (const auto& row : mirror_)
            if (row.live && (row.id == entry || row.rootKey == entry)) return &row;
        return nullptr;
    };
    for (const auto& entry : entries)
    {
        const auto* row = named(entry);
        const auto other = row == nullptr ? truths_.end() : truths_.find(row->id);
        if (other != truths_.end() && other->second == truth->second) return entry;
    }
    for (const auto& entry : entries)
    {
        const auto* row = named(entry);
        if (row != nullptr && bookedElsewhere(*row) && wasOnce(truth->second, *row)) return entry;
    }
    return "";
}

std::string Oracle::rootKeyOf(const std::string& transactionId)
{
    read();
    for (const auto& row : mirror_)
        if (row.id == transactionId) return row.rootKey;
    return "";
}

void Oracle::noteStarts()
{
    read();
    for (const auto& link : links_)
        starts_[link.id].insert(link.startDate);
}

bool Oracle::wanted(const LinkRow& link, const TruthRow& truth) const
{
    const auto earlier = starts_.find(link.id);
    return everIn(truth, link.startDate, false) ||
           (earlier != starts_.end() &&
               std::any_of(earlier->second.begin(), earlier->second.end(),
                   [&](const std::string& start) { return everIn(truth, start, false); }));
}

bool Oracle::shared(const AccountRow& account) const
{
    const auto item = itemOf_.find(account.connectionId);
    if (item == itemOf_.end()) return false;
    const auto* found = plaid_.world.item(item->second);
    return found->byAccountId(account.providerAccountId) != nullptr;
}

// --- mirror and bank
// ------------------------------------------------------------------------------

void Oracle::compareMirror()
{
    const auto connections =
        query("SELECT connection_id, provider_connection_id, state, state_reason FROM connection" +
              ours() + "ORDER BY connection_id");
    for (std::size_t i = 0; i < connections.size(); ++i)
    {
        const std::string& id = connections.text(i, 0);
        const std::string& state = connections.text(i, 2);
        const auto* item = plaid_.world.item(connections.text(i, 1));
        if (item == nullptr) broken("connection " + id + " has no Item");
        const bool ended = state == "removed" || state == "gone" || state == "revoked";
        if (state == "removed" && !item->removed)
            broken("connection " + id + " was ended, and the Item lives");
        if (ended && !item->removed)
            broken("connection " + id + " is " + state + ", its Item lives");
        if (!ended && item->removed)
            broken("connection " + id + " is " + state + ", its Item is gone");
        if (ended) continue;
        if (state != "healthy" && state != "expiring")
            broken("connection " + id + " is " + state + " " + connections.text(i, 3));
        compareItem(*item, id);
    }
}

void Oracle::compareItem(const plaidsim::Item& item, const std::string& connectionId)
{
    std::map<std::string, const MirrorRow*> shown;
    std::set<std::string> sharedIds;
    for (const auto& [bankAccountId, one] : item.shared)
        sharedIds.insert(one.accountId);
    for (const auto& row : mirror_)
        if (row.connectionId == connectionId && !row.removed &&
            sharedIds.count(row.providerAccountId) != 0)
            shown[row.id] = &row;
    for (const auto& [bankAccountId, one] : item.shared)
    {
        const auto& account = *plaid_.world.truth.account(bankAccountId);
        for (const auto& [rowId, view] : one.rows)
        {
            const auto found = shown.find(view->transactionId);
            const std::string what = bankAccountId + " " + rowId + " " + view->transactionId;
            if (found == shown.end()) broken("the mirror lacks " + what);
            const MirrorRow& row = *found->second;
            const auto said = money::Decimal::nearest(view->row->amount.text());
            if (!said.ok() || row.exact != said->negated().text() ||
                row.bookedOn != plaidsim::dayText(view->row->date) ||
                row.pending != view->row->pending || row.providerAccountId != one.accountId)
                broken("the mirror has " + about(row) + ", the bank " + view->row->amount.text() +
                       " on " + plaidsim::dayText(view->row->date));
            const int exponent = exponentOf(currencyOf(account));
            if (row.units != -unitsOf(view->row->amount, exponent))
                broken("the units are wrong of " + about(row));
            ++rowsCompared;
            shown.erase(found);
        }
    }
    for (const auto& [id, row] : shown)
    {
        const auto account = std::find_if(item.shared.begin(), item.shared.end(),
            [&](const auto& one) { return one.second.accountId == row->providerAccountId; });
        if (!behindTheHistory(item, account->second, *row))
            broken("the mirror has more than the bank: " + about(*row));
        excused_.insert(row->sentAccount);
    }
}

bool Oracle::behindTheHistory(
    const plaidsim::Item& item, const plaidsim::SharedAccount& account, const MirrorRow& row)
{
    return plaid_.readAnew.contains(item.accessToken) &&
           std::all_of(account.rows.begin(), account.rows.end(),
               [&](const auto& one)
               { return plaidsim::dayText(one.second->row->date) > row.bookedOn; });
}

// --- everything else
// ------------------------------------------------------------------------------

void Oracle::checkJobs()
{
    const auto jobs = query("SELECT kind, subject, state, attempts, error_code FROM job");
    for (std::size_t i = 0; i < jobs.size(); ++i)
    {
        const std::string job = jobs.text(i, 0) + " of " + jobs.text(i, 1);
        // An account that is not shared any more leaves its opening balance outstanding.
        if (jobs.text(i, 4) == "opening.not_shared") continue;
        if (jobs.number(i, 3) > 0 || !jobs.text(i, 4).empty())
            broken("the job " + job + " fails with " + jobs.text(i, 4));
        if (jobs.text(i, 2) == "running") broken("the job " + job + " never ends");
    }
    const auto waiting = query("SELECT bank_account_id, state, opening FROM account_link WHERE "
                               "ended_at IS NULL AND state <> 'active'");
    if (!waiting.empty())
        broken("the link of " + waiting.text(0, 0) + " is still " + waiting.text(0, 1));
}

void Oracle::checkFeeds()
{
    const auto feeds = query(
        "SELECT f.feed_id, f.epoch, f.next_seq, f.acked_epoch, f.acked_seq, f.state, "
        "COUNT(o.seq), COALESCE(MIN(o.seq), 0), COALESCE(MAX(o.seq), 0) FROM feed f LEFT JOIN "
        "outbox o ON o.feed_id = f.feed_id AND o.epoch = f.epoch GROUP BY f.feed_id, f.epoch, "
        "f.next_seq, f.acked_epoch, f.acked_seq, f.state");
    for (std::size_t i = 0; i < feeds.size(); ++i)
    {
        const std::int64_t count = feeds.number(i, 6);
        if (count > 0 && (feeds.number(i, 8) - feeds.number(i, 7) + 1 != count ||
                             feeds.number(i, 8) + 1 != feeds.number(i, 2)))
            broken("the feed " + feeds.text(i, 0) + " has a gap");
    }
}

void Oracle::checkSecrets()
{
    static const std::vector<std::string> marks{
        "access-sandbox-", "public-sandbox-", "link-sandbox-", "/hl/"};
    const std::string& secret = plaid_.world.credentials.secret;
    for (const auto& [table, text] : texts())
    {
        const auto rows = query("SELECT " + text + " FROM " + table);
        for (std::size_t i = 0; i < rows.size(); ++i)
        {
            const std::string& all = rows.text(i, 0);
            if (all.find(secret) != std::string::npos ||
                std::any_of(marks.begin(), marks.end(),
                    [&](const auto& mark) { return all.find(mark) != std::string::npos; }))
                broken("a secret is in the table " + table);
        }
    }
}

std::map<std::string, std::string> Oracle::texts()
{
    const bool sqlite = plain_.engine() == store::Engine::Sqlite;
    const auto columns = query(
        sqlite ? "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE "
                 "m.type = 'table' AND p.type = 'TEXT'"
               : "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM "
                 "information_schema.columns WHERE table_schema = 'public' AND data_type = 'text'");
    std::map<std::string, std::string> all;
    for (std::size_t i = 0; i < columns.size(); ++i)
    {
        std::string& text = all[columns.text(i, 0)];
        text += (text.empty() ? "" : " || ' ' || ") + ("COALESCE(" + columns.text(i, 1) + ", '')");
    }
    return all;
}

void Oracle::look()
{
    checkFeeds();
    const auto twice = query("SELECT ledger_account_id FROM account_link WHERE ended_at IS NULL "
                             "AND ledger_account_id IS NOT NULL GROUP BY tenant_id, "
                             "ledger_account_id HAVING COUNT(*) > 1");
    if (!twice.empty()) broken("two links feed " + twice.text(0, 0));
    const auto cursors = query("SELECT connection_id, cursor FROM connection WHERE cursor <> ''");
    for (std::size_t i = 0; i < cursors.size(); ++i)
    {
        const auto cursor = plaidsim::Cursor::decode(cursors.text(i, 1));
        if (!cursor || cursor->inLoop())
            broken("the cursor of " + cursors.text(i, 0) + " is from the middle of a loop");
    }
}

void Oracle::judge()
{
    look();
    read();
    checkJobs();
    compareMirror();
    compareEntries();
    compareLanes();
    compareTruth();
    compareBalances();
    checkSecrets();
}

} // namespace bankfeed::simulation
