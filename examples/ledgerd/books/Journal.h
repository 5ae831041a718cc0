// Entries: written once, never changed.
#pragma once

#include "books/Accounts.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ledgerd
{

struct Leg
{
    std::int64_t account = 0;
    std::int64_t units = 0; // debit positive
};

struct NewEntry
{
    std::string bookedOn; // civil date
    std::string description;
    std::string source = "hand"; // or "feed"
    std::string kind;            // "" by hand, else "post", "amend", "void"
    std::string feedId;
    std::string rootKey;
    std::int64_t revision = 0;
    std::string authorizedOn;
    std::string merchant;
    std::string originalDescription;
    std::string category;
    std::string madeBy; // user or plugin
    std::vector<Leg> legs;
};

// Collects entries, knows the balances they lead to, and writes them in a few statements.
class EntryWriter
{
public:
    // Starts behind the last entry of the books.
    EntryWriter(Unit& unit, std::string tenant, std::int64_t utcNs);

    // Adds an entry whose accounts are among those given to `know`. Failure (invalid): too few
    // legs, not balanced per currency, an unknown account, or a balance that does not fit in 64
    // bits. The entry is then not added.
    Result<std::int64_t> add(const NewEntry& entry);

    void know(const Account& account) { accounts_.insert_or_assign(account.id, account); }
    const Account* account(std::int64_t id) const;

    // Writes all of it. The unit's commit makes it last.
    void write();

private:
    Done checkLegs(const NewEntry& entry) const;

    Unit& unit_;
    std::string tenant_;
    std::int64_t utcNs_;
    std::int64_t nextId_;
    std::map<std::int64_t, Account> accounts_;
    std::map<std::int64_t, bool> touched_;

    std::vector<std::int64_t> ids_, revisions_, created_;
    std::vector<std::string> tenants_, days_, descriptions_, sources_, kinds_, feeds_, rootKeys_,
        authorized_, merchants_, originals_, categories_, makers_;
    std::vector<std::int64_t> postingEntries_, lines_, postingAccounts_, units_;
    std::vector<std::string> postingDays_;
};

struct Posting
{
    std::int64_t account = 0;
    std::string accountName;
    Currency currency;
    std::int64_t units = 0;
};

struct Entry
{
    std::int64_t id = 0;
    std::string bookedOn, description, source, kind, rootKey, authorizedOn, merchant,
        originalDescription, category, madeBy;
    std::int64_t revision = 0;
    std::string state; // of a bank transaction: "in_books", "reconciled", "removed"; else ""
    std::string latestDescription; // what the bank calls the transaction now; "" by hand
    std::vector<Posting> postings;
};

// Where a page begins: entries older than (bookedOn, id). Empty: the newest.
struct Position
{
    std::string bookedOn;
    std::int64_t id = 0;
};

struct RegisterLine
{
    Entry entry;
    std::int64_t units = 0;   // of this account in this entry
    std::int64_t balance = 0; // after this entry, by date
};

struct TrialBalanceLine
{
    Account account;
    std::int64_t sum = 0; // over the postings themselves
};

constexpr std::size_t pageMax = 500;
constexpr std::size_t descriptionMax = 500; // bytes, by hand

namespace journal
{

// Books an entry by hand. Failure: invalid, or notFound for an account.
Result<std::int64_t> addByHand(
    Unit& unit, const std::string& tenant, const NewEntry& entry, std::int64_t utcNs);

// Newest first, at most `limit` (1..pageMax).
std::vector<Entry> page(
    Unit& unit, const std::string& tenant, const Position& before, std::size_t limit);

// In the order of the books: oldest first, entries newer than `after`.
std::vector<Entry> pageForward(
    Unit& unit, const std::string& tenant, const Position& after, std::size_t limit);

// One account, newest first, with the balance after each line.
std::vector<RegisterLine> accountPage(Unit& unit, const std::string& tenant, const Account& account,
    const Position& before, std::size_t limit);

Result<Entry> find(Unit& unit, const std::string& tenant, std::int64_t id);

// Every account that has a posting, with the sum taken from the postings.
std::vector<TrialBalanceLine> trialBalance(Unit& unit, const std::string& tenant);

} // namespace journal

} // namespace ledgerd
