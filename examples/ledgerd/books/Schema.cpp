#include "books/Schema.h"

#include "base/Random.h"

#include <array>

namespace ledgerd
{

namespace
{

// "ldgr", so that a file of another program is not taken for books.
constexpr std::int64_t applicationId = 0x6C646772;

// Entries and postings are only ever added. A posting is written before its entry: the foreign key
// is checked at COMMIT, and the trigger on the entry then sees all of its postings. So no
// unbalanced entry can be committed, by any code.
constexpr std::array version1{
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",

    // closed_through: nothing is booked on or before that day; "" when no period is closed.
    "CREATE TABLE tenant (id TEXT PRIMARY KEY, title TEXT NOT NULL,"
    " closed_through TEXT NOT NULL DEFAULT '') STRICT",

    // One exponent per currency of a tenant, so that units of one currency always have one size.
    "CREATE TABLE currency (tenant TEXT NOT NULL REFERENCES tenant(id), code TEXT NOT NULL,"
    " exponent INTEGER NOT NULL CHECK (exponent BETWEEN 0 AND 18),"
    " PRIMARY KEY (tenant, code), UNIQUE (tenant, code, exponent)) STRICT",

    // type: 1 asset, 2 liability, 3 equity, 4 income, 5 expense. role: what the books themselves
    // use it for. balance_units and last_entry_on are sums over posting, kept so that a list of
    // accounts stays fast.
    "CREATE TABLE account (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenant(id),"
    " name TEXT NOT NULL, type INTEGER NOT NULL CHECK (type BETWEEN 1 AND 5),"
    " currency TEXT NOT NULL, exponent INTEGER NOT NULL,"
    " open INTEGER NOT NULL CHECK (open IN (0, 1)), feedable INTEGER NOT NULL CHECK (feedable IN "
    "(0, 1)),"
    " role TEXT NOT NULL, idempotency_key TEXT NOT NULL,"
    " balance_units INTEGER NOT NULL, last_entry_on TEXT NOT NULL, created_utc_ns INTEGER NOT NULL,"
    " merged_into INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE (tenant, name),"
    " FOREIGN KEY (tenant, currency, exponent) REFERENCES currency(tenant, code, exponent)) STRICT",
    "CREATE UNIQUE INDEX account_by_key ON account(tenant, idempotency_key)"
    " WHERE idempotency_key <> ''",
    "CREATE UNIQUE INDEX account_by_role ON account(tenant, role, currency) WHERE role <> ''",

    // source: 'hand' or 'feed'. kind: '' for hand, else 'post', 'amend', 'void', and
    // 'remove' by hand.
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenant(id),"
    " booked_on TEXT NOT NULL, description TEXT NOT NULL,"
    " source TEXT NOT NULL CHECK (source IN ('hand', 'feed')),"
    " kind TEXT NOT NULL CHECK (kind IN ('', 'post', 'amend', 'void', 'remove')),"
    " feed_id TEXT NOT NULL, root_key TEXT NOT NULL, revision INTEGER NOT NULL,"
    " authorized_on TEXT NOT NULL, merchant TEXT NOT NULL, original_description TEXT NOT NULL,"
    " category TEXT NOT NULL, made_by TEXT NOT NULL, created_utc_ns INTEGER NOT NULL) STRICT",
    "CREATE INDEX entry_by_day ON entry(tenant, booked_on, id)",
    "CREATE INDEX entry_by_root ON entry(tenant, root_key) WHERE root_key <> ''",
    "CREATE INDEX entry_by_feed ON entry(tenant, feed_id, root_key) WHERE feed_id <> ''",

    "CREATE TABLE posting (entry_id INTEGER NOT NULL REFERENCES entry(id) DEFERRABLE INITIALLY "
    "DEFERRED,"
    " line INTEGER NOT NULL, account_id INTEGER NOT NULL REFERENCES account(id),"
    " booked_on TEXT NOT NULL, units INTEGER NOT NULL,"
    " PRIMARY KEY (entry_id, line)) STRICT, WITHOUT ROWID",
    "CREATE INDEX posting_by_account ON posting(account_id, booked_on, entry_id)",

    "CREATE TRIGGER posting_comes_first BEFORE INSERT ON posting"
    " WHEN EXISTS (SELECT 1 FROM entry WHERE id = NEW.entry_id)"
    " BEGIN SELECT RAISE(ABORT, 'the entry is complete'); END",
    "CREATE TRIGGER entry_is_whole AFTER INSERT ON entry BEGIN"
    " SELECT RAISE(ABORT, 'an entry needs two postings')"
    " WHERE (SELECT count(*) FROM posting WHERE entry_id = NEW.id) < 2;"
    " SELECT RAISE(ABORT, 'the entry is not balanced') WHERE EXISTS"
    " (SELECT 1 FROM posting p JOIN account a ON a.id = p.account_id WHERE p.entry_id = NEW.id"
    " GROUP BY a.currency HAVING sum(p.units) <> 0);"
    " SELECT RAISE(ABORT, 'a posting does not fit its entry') WHERE EXISTS"
    " (SELECT 1 FROM posting p JOIN account a ON a.id = p.account_id WHERE p.entry_id = NEW.id"
    " AND (a.tenant <> NEW.tenant OR p.booked_on <> NEW.booked_on)); END",
    "CREATE TRIGGER entry_stays BEFORE UPDATE ON entry"
    " BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END",
    "CREATE TRIGGER entry_is_kept BEFORE DELETE ON entry"
    " BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END",
    "CREATE TRIGGER posting_stays BEFORE UPDATE ON posting"
    " BEGIN SELECT RAISE(ABORT, 'postings are never changed'); END",
    "CREATE TRIGGER posting_is_kept BEFORE DELETE ON posting"
    " BEGIN SELECT RAISE(ABORT, 'postings are never deleted'); END",

    // epoch and last_seq are unsigned 64-bit numbers in the two's complement of SQLite's integers.
    "CREATE TABLE feed_watermark (tenant TEXT NOT NULL REFERENCES tenant(id), feed_id TEXT NOT "
    "NULL,"
    " epoch INTEGER NOT NULL, last_seq INTEGER NOT NULL, chain_digest TEXT NOT NULL,"
    " PRIMARY KEY (tenant, feed_id)) STRICT, WITHOUT ROWID",

    // The latest change of each bank transaction: what the bank's leg is now, and how to show it.
    "CREATE TABLE head (tenant TEXT NOT NULL REFERENCES tenant(id), root_key TEXT NOT NULL,"
    " revision INTEGER NOT NULL, content_digest TEXT NOT NULL, account_id INTEGER NOT NULL "
    "REFERENCES account(id),"
    " units INTEGER NOT NULL, booked_on TEXT NOT NULL, description TEXT NOT NULL,"
    " last_entry_id INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'in_books'"
    " CHECK (state IN ('in_books', 'reconciled', 'removed')),"
    " PRIMARY KEY (tenant, root_key)) STRICT, WITHOUT ROWID",
    "CREATE INDEX head_by_account ON head(account_id)",

    // What plugins are told of the books, in its order; kept for ever.
    "CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL REFERENCES "
    "tenant(id),"
    " event_id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, subject TEXT NOT NULL,"
    " into_account TEXT NOT NULL, state INTEGER NOT NULL, revision INTEGER NOT NULL,"
    " through TEXT NOT NULL) STRICT",
    "CREATE INDEX event_by_tenant ON event(tenant, seq)",
};

std::int64_t number(Unit& unit, const std::string& sql)
{
    return unit.select(sql, "i").integer(0, 0);
}

} // namespace

void migrateSchema(Unit& unit)
{
    const std::int64_t version = number(unit, "PRAGMA user_version");
    if (version == 0 && number(unit, "SELECT count(*) FROM sqlite_master") != 0)
        throw DatabaseError(
            DatabaseError::Kind::other, "the file holds the data of another program");
    if (version > schemaVersion)
        throw DatabaseError(
            DatabaseError::Kind::other, "a newer ledgerd made these books; use that version");
    if (version == schemaVersion) return checkSchema(unit);

    unit.run("PRAGMA application_id = " + std::to_string(applicationId));
    for (const char* statement : version1)
        unit.run(statement);
    unit.run("INSERT INTO meta (name, value) VALUES ('host_id', ?)", {"ledgerd-" + randomHex(16)});
    unit.run("PRAGMA user_version = " + std::to_string(schemaVersion));
}

void checkSchema(Unit& unit)
{
    if (number(unit, "PRAGMA application_id") != applicationId ||
        number(unit, "PRAGMA user_version") != schemaVersion)
        throw DatabaseError(
            DatabaseError::Kind::other, "the file does not hold books of this version of ledgerd");
}

} // namespace ledgerd
