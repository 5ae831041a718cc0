#include "store/AccountLinkRepository.h"

#include "store/BalanceProofRepository.h"
#include "store/BankAccountRepository.h"
#include "store/JobRepository.h"
#include "store/NoticeRepository.h"
#include "store/Pages.h"
#include "store/TransactionRows.h"

namespace bankfeed::store
{

namespace
{

constexpr const char* columns =
    "link_id, bank_account_id, feed_id, ledger_account_id, start_date, state, opening, "
    "opening_units, opening_on, opening_revision, opening_ordinal, opening_measured_on, "
    "opening_checks, books_last_entry_on, release_total, release_done, created_at, created_by, "
    "ended_at, start_changed_by, start_before, continues, taken_back_by, taken_back_by_id";

AccountLink linkAt(const Rows& rows, std::size_t i)
{
    AccountLink found;
    found.id = rows.text(i, 0);
    found.bankAccountId = rows.text(i, 1);
    found.feedId = rows.text(i, 2);
    found.ledgerAccountId = rows.maybeText(i, 3);
    found.startDate = rows.text(i, 4);
    found.state = rows.text(i, 5);
    found.opening = rows.text(i, 6);
    found.openingUnits = rows.number(i, 7);
    found.openingOn = rows.text(i, 8);
    found.openingRevision = rows.number(i, 9);
    found.openingOrdinal = rows.number(i, 10);
    found.openingMeasuredOn = rows.text(i, 11);
    found.openingChecks = rows.number(i, 12);
    found.booksLastEntryOn = rows.text(i, 13);
    found.releaseTotal = rows.number(i, 14);
    found.releaseDone = rows.number(i, 15);
    found.createdAt = UtcTime{rows.number(i, 16)};
    found.createdBy = rows.text(i, 17);
    found.endedAt = rows.maybeTime(i, 18);
    found.startChangedBy = rows.text(i, 19);
    found.startBefore = rows.text(i, 20);
    found.continues = rows.text(i, 21);
    found.takenBackBy = rows.text(i, 22);
    found.takenBackById = rows.text(i, 23);
    return found;
}

std::vector<AccountLink> linksOf(const Rows& rows)
{
    std::vector<AccountLink> found;
    found.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(linkAt(rows, i));
    return found;
}

} // namespace

bool AccountLinkRepository::insert(const AccountLink& l)
{
    return unit_.execute(std::string("INSERT INTO account_link (tenant_id, ") + columns +
                             R"() VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
            $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
            ON CONFLICT DO NOTHING)",
               {tenant_, l.id, l.bankAccountId, l.feedId, Value(l.ledgerAccountId), l.startDate,
                   l.state, l.opening, l.openingUnits, l.openingOn, l.openingRevision,
                   l.openingOrdinal, l.openingMeasuredOn, l.openingChecks, l.booksLastEntryOn,
                   l.releaseTotal, l.releaseDone, l.createdAt.ns, l.createdBy, l.endedAt,
                   l.startChangedBy, l.startBefore, l.continues, l.takenBackBy, l.takenBackById}) >
           0;
}

std::optional<AccountLink> AccountLinkRepository::one(
    std::string_view where, const std::string& parameter)
{
    std::string sql =
        std::string("SELECT ") + columns + " FROM account_link WHERE tenant_id = $1 AND ";
    sql += where;
    const Rows rows = unit_.query(sql, {tenant_, parameter});
    if (rows.empty()) return std::nullopt;
    return linkAt(rows, 0);
}

std::optional<AccountLink> AccountLinkRepository::find(const std::string& id)
{
    return one("link_id = $2", id);
}

std::optional<AccountLink> AccountLinkRepository::ofBankAccount(const std::string& bankAccountId)
{
    return one("bank_account_id = $2 AND ended_at IS NULL", bankAccountId);
}

std::optional<AccountLink> AccountLinkRepository::ofLedgerAccount(
    const std::string& ledgerAccountId)
{
    return one("ledger_account_id = $2 AND ended_at IS NULL", ledgerAccountId);
}

std::vector<AccountLink> AccountLinkRepository::current()
{
    // One bank account has at most one that has not ended.
    return allPages(BankAccountRepository::allMost,
        [&](const AccountLink* last)
        {
            return linksOf(unit_.query(std::string("SELECT ") + columns + R"( FROM account_link
                WHERE tenant_id = $1 AND ended_at IS NULL AND bank_account_id > $2
                ORDER BY bank_account_id LIMIT $3)",
                {tenant_, last == nullptr ? "" : last->bankAccountId, rowsPerPage}));
        });
}

std::vector<AccountLink> AccountLinkRepository::currentOfConnection(const std::string& connectionId)
{
    return linksOf(unit_.query(std::string("SELECT ") + columns + R"( FROM account_link
        WHERE tenant_id = $1 AND ended_at IS NULL AND bank_account_id IN (
            SELECT bank_account_id FROM bank_account WHERE connection_id = $2)
        ORDER BY created_at, link_id)",
        {tenant_, connectionId}));
}

std::map<std::string, AccountLink> AccountLinkRepository::currentOf(
    const std::vector<std::string>& bankAccountIds)
{
    std::map<std::string, AccountLink> found;
    for (auto& link : linksOf(unit_.query(std::string("SELECT ") + columns + R"( FROM account_link
        WHERE tenant_id = $1 AND ended_at IS NULL AND bank_account_id IN )" +
                                              elementsOf(unit_, "$2"),
             {tenant_, jsonListOf(bankAccountIds)})))
    {
        const std::string bank = link.bankAccountId;
        found.emplace(bank, std::move(link));
    }
    return found;
}

std::vector<AccountLink> AccountLinkRepository::checkingBooks(std::int64_t count)
{
    BF_ASSERT(count >= 1 && count <= 1000);
    return linksOf(unit_.query(std::string("SELECT ") + columns + R"( FROM account_link
        WHERE tenant_id = $1 AND ended_at IS NULL AND state = 'checking_books'
        ORDER BY created_at, link_id LIMIT $2)",
        {tenant_, count}));
}

bool AccountLinkRepository::wasFedByAnother(
    const std::string& ledgerAccountId, const std::string& feedId)
{
    return !unit_
                .query(R"(SELECT 1 FROM account_link
                    WHERE tenant_id = $1 AND ledger_account_id = $2 AND feed_id <> $3 LIMIT 1)",
                    {tenant_, ledgerAccountId, feedId})
                .empty();
}

std::optional<AccountLink> AccountLinkRepository::lastOfLedgerAccount(
    const std::string& ledgerAccountId)
{
    return one("ledger_account_id = $2 AND state <> 'taken_back' "
               "ORDER BY created_at DESC, link_id DESC LIMIT 1",
        ledgerAccountId);
}

std::optional<AccountLink> AccountLinkRepository::lastEnded(const std::string& bankAccountId)
{
    return one("bank_account_id = $2 AND ended_at IS NOT NULL AND state <> 'taken_back' "
               "ORDER BY ended_at DESC, link_id LIMIT 1",
        bankAccountId);
}

bool AccountLinkRepository::setLedgerAccount(
    const std::string& id, const std::string& ledgerAccountId)
{
    return unit_.execute(R"(UPDATE account_link SET ledger_account_id = $1
        WHERE tenant_id = $2 AND link_id = $3 AND ended_at IS NULL AND ledger_account_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM account_link other WHERE other.tenant_id = $4
                AND other.ledger_account_id = $5 AND other.ended_at IS NULL))",
               {ledgerAccountId, tenant_, id, tenant_, ledgerAccountId}) > 0;
}

bool AccountLinkRepository::mergeLedgerAccount(const std::string& from, const std::string& into)
{
    return unit_.execute(R"(UPDATE account_link SET ledger_account_id = $1
        WHERE tenant_id = $2 AND ledger_account_id = $3)",
               {into, tenant_, from}) > 0;
}

void AccountLinkRepository::setState(const std::string& id, std::string_view state)
{
    unit_.execute("UPDATE account_link SET state = $1 WHERE tenant_id = $2 AND link_id = $3",
        {state, tenant_, id});
}

bool AccountLinkRepository::booksAsDecided(const std::string& id)
{
    return unit_.execute(R"(UPDATE account_link SET state = 'releasing'
        WHERE tenant_id = $1 AND link_id = $2 AND state = 'checking_books')",
               {tenant_, id}) > 0;
}

bool AccountLinkRepository::setStartDate(const std::string& id, const std::string& startDate,
    const std::string& by, const std::string& releaseBefore)
{
    return unit_.execute(R"(UPDATE account_link SET start_date = $1, start_changed_by = $2,
            start_before = $3, state = $4
        WHERE tenant_id = $5 AND link_id = $6 AND ended_at IS NULL AND state = 'active')",
               {startDate, by, releaseBefore,
                   releaseBefore.empty() ? linkState::active : linkState::releasing, tenant_, id}) >
           0;
}

void AccountLinkRepository::setReleased(const std::string& id)
{
    unit_.execute(R"(UPDATE account_link SET state = 'active', start_before = ''
        WHERE tenant_id = $1 AND link_id = $2)",
        {tenant_, id});
}

void AccountLinkRepository::setRelease(const std::string& id, std::int64_t total, std::int64_t done)
{
    unit_.execute(R"(UPDATE account_link SET release_total = $1, release_done = $2
        WHERE tenant_id = $3 AND link_id = $4)",
        {total, done, tenant_, id});
}

void AccountLinkRepository::saveOpening(const AccountLink& l)
{
    unit_.execute(R"(UPDATE account_link SET opening = $1, opening_units = $2, opening_on = $3,
            opening_revision = $4, opening_ordinal = $5, opening_measured_on = $6,
            opening_checks = $7 WHERE tenant_id = $8 AND link_id = $9)",
        {l.opening, l.openingUnits, l.openingOn, l.openingRevision, l.openingOrdinal,
            l.openingMeasuredOn, l.openingChecks, tenant_, l.id});
}

bool AccountLinkRepository::setOpeningDueAgain(const std::string& id)
{
    return unit_.execute(R"(UPDATE account_link SET opening = 'due'
        WHERE tenant_id = $1 AND link_id = $2 AND ended_at IS NULL AND opening = 'posted')",
               {tenant_, id}) > 0;
}

std::vector<std::string> AccountLinkRepository::openingsDue(std::int64_t count)
{
    const Rows rows = unit_.query(R"(SELECT link_id FROM account_link WHERE tenant_id = $1
        AND ended_at IS NULL AND state = 'active' AND opening = 'due' ORDER BY link_id LIMIT $2)",
        {tenant_, count});
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < rows.size(); ++i)
        ids.push_back(rows.text(i, 0));
    return ids;
}

std::int64_t AccountLinkRepository::lastOpeningOrdinal(const std::string& feedId)
{
    return unit_
        .query(R"(SELECT CAST(COALESCE(MAX(opening_ordinal), 0) AS BIGINT) FROM account_link
        WHERE tenant_id = $1 AND feed_id = $2)",
            {tenant_, feedId})
        .number(0, 0);
}

AccountLinkRepository::ToldOpenings AccountLinkRepository::toldOpenings(
    const std::string& ledgerAccountId, const std::string& exceptLinkId)
{
    const Rows rows = unit_.query(R"(SELECT COUNT(*),
            CAST(COALESCE(SUM(opening_units), 0) AS BIGINT) FROM account_link
        WHERE tenant_id = $1 AND ledger_account_id = $2 AND opening_revision > 0
            AND link_id <> $3)",
        {tenant_, ledgerAccountId, exceptLinkId});
    return {rows.number(0, 0), rows.number(0, 1)};
}

bool AccountLinkRepository::end(const std::string& id, UtcTime at)
{
    const bool ended = unit_.execute(R"(UPDATE account_link SET state = 'ended', ended_at = $1
        WHERE tenant_id = $2 AND link_id = $3 AND ended_at IS NULL)",
                           {at.ns, tenant_, id}) > 0;
    if (!ended) return false;
    if (const auto link = find(id)) forgetNotices(*link, at);
    return true;
}

void AccountLinkRepository::forgetNotices(const AccountLink& link, UtcTime at)
{
    NoticeRepository notices(unit_, tenant_);
    BalanceProofRepository(unit_, tenant_).remove(link.bankAccountId);
    for (const auto kind : {notice::openingOutstanding, notice::openingMissing})
        notices.clear(kind, link.id, at);
    for (const auto kind : {notice::balanceDiffers, notice::overlapHeld, notice::rowsNotShown,
             notice::accountNotShared})
        notices.clear(kind, link.bankAccountId, at);
}

bool AccountLinkRepository::beginTakingBack(
    const std::string& id, const std::string& byId, const std::string& by)
{
    return unit_.execute(R"(UPDATE account_link SET state = 'taking_back', taken_back_by = $1,
            taken_back_by_id = $2
        WHERE tenant_id = $3 AND link_id = $4 AND ended_at IS NULL AND state <> 'taking_back')",
               {by, byId, tenant_, id}) > 0;
}

void AccountLinkRepository::endTakingBack(const std::string& id, UtcTime at)
{
    unit_.execute(R"(UPDATE account_link SET state = 'taken_back', ended_at = COALESCE(ended_at, $1)
        WHERE tenant_id = $2 AND link_id = $3)",
        {at.ns, tenant_, id});
    if (const auto link = find(id)) forgetNotices(*link, at);
}

bool AccountLinkRepository::resume(const std::string& id)
{
    return unit_.execute(R"(UPDATE account_link SET state = 'releasing', ended_at = NULL
        WHERE tenant_id = $1 AND link_id = $2 AND ended_at IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM account_link other WHERE other.tenant_id = $3
                AND other.ended_at IS NULL
                AND (other.bank_account_id = account_link.bank_account_id
                    OR other.ledger_account_id = account_link.ledger_account_id)))",
               {tenant_, id, tenant_}) > 0;
}

bool AccountLinkRepository::endedForAnother(const std::string& id)
{
    return !unit_
                .query(R"(SELECT 1 FROM account_link l WHERE l.tenant_id = $1 AND l.link_id = $2
                    AND EXISTS (SELECT 1 FROM account_link n WHERE n.tenant_id = $3
                        AND n.ledger_account_id = l.ledger_account_id
                        AND n.continues = l.link_id AND n.created_at = l.ended_at))",
                    {tenant_, id, tenant_})
                .empty();
}

std::vector<AccountLink> AccountLinkRepository::takenBackOf(const std::string& bankAccountId)
{
    return linksOf(unit_.query(std::string("SELECT ") + columns + R"( FROM account_link
        WHERE tenant_id = $1 AND bank_account_id = $2 AND state = 'taken_back'
        ORDER BY created_at, link_id LIMIT 100)",
        {tenant_, bankAccountId}));
}

void measureOpeningAgain(
    Unit& unit, const std::string& tenant, const std::string& linkId, Random& random, UtcTime now)
{
    AccountLinkRepository links(unit, tenant);
    (void)links.setOpeningDueAgain(linkId);
    const auto link = links.find(linkId);
    if (link && !link->endedAt && link->opening == openingState::due)
        JobRepository(unit).ask(random, tenant, job::opening, linkId, now);
}

} // namespace bankfeed::store
