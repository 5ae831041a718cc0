// What there is to link: a connection with one account of every kind, and books for them.
#pragma once

#include "unit/accounts/World.h"

#include <string>

namespace bankfeed::testing
{

/// A connection with one account of every kind, and books with accounts of every kind. `taken` is
/// fed by a live account of another connection, `stale` by one of an ended connection.
struct LinkingSetting
{
    explicit LinkingSetting(World& w) : world(w)
    {
        world.ledgerAccounts({booksAccount("free", "Assets:Bank:Free"),
            booksAccount("second", "Assets:Bank:Second"),
            booksAccount("taken", "Assets:Bank:Taken"), booksAccount("stale", "Assets:Bank:Stale"),
            booksAccount("euro", "Assets:Euro", LedgerAccountType::Asset, "EUR"),
            booksAccount("mills", "Assets:Mills", LedgerAccountType::Asset, "USD", 3),
            booksAccount("card", "Liabilities:Card", LedgerAccountType::Liability),
            booksAccount("food", "Expenses:Food", LedgerAccountType::Expense), closed(), control(),
            used()});
        const auto other = world.connect("ins_9", "Other Bank");
        world.look(other,
            {shownAccount("o1", "Elsewhere", "9999"), shownAccount("o2", "Sleeping", "8888")});
        elsewhere = world.account(other, "Elsewhere");
        world.apply(other, {decideExisting(elsewhere, "taken")});
        const auto ended = world.connect("ins_8", "Ended Bank");
        world.look(ended, {shownAccount("e1", "Former", "7777")});
        former = world.account(ended, "Former");
        world.apply(ended, {decideExisting(former, "stale")});
        world.endConnection(ended);
        connection = world.connect();
        world.look(connection,
            {shownAccount("a1", "Checking", "0000"), shownAccount("a2", "Savings", "1111"),
                shownAccount("a3", "Card", "3333", "credit", "credit card"),
                shownAccount("a4", "401k", "4444", "investment", "401k"),
                shownAccount("a5", "Gone", "5555"), shownAccount("a6", "Linked", "6666")});
        world.apply(connection, {decideNew(world.account(connection, "Linked"), "Linked")});
        world.clock.advanceMs(60'000);
        world.look(connection,
            {shownAccount("a1", "Checking", "0000"), shownAccount("a2", "Savings", "1111"),
                shownAccount("a3", "Card", "3333", "credit", "credit card"),
                shownAccount("a4", "401k", "4444", "investment", "401k"),
                shownAccount("a6", "Linked", "6666")});
    }

    [[nodiscard]] store::BankAccount of(const std::string& name) const
    {
        return world.account(connection, name);
    }

    static LedgerAccount closed()
    {
        LedgerAccount account = booksAccount("closed", "Assets:Closed");
        account.open = false;
        return account;
    }
    static LedgerAccount control()
    {
        LedgerAccount account = booksAccount("control", "Assets:Control");
        account.feedable = false;
        return account;
    }
    static LedgerAccount used()
    {
        LedgerAccount account = booksAccount("used", "Assets:Used");
        account.lastEntryOn = Date::parse("2026-08-31");
        return account;
    }

    World& world;
    std::string connection;
    store::BankAccount elsewhere;
    store::BankAccount former;
};

/// "code,code" of the conflicts; "" when all was applied.
inline std::string codesOf(const accounts::Linking::Applied& applied)
{
    std::string codes;
    for (const auto& conflict : applied.conflicts)
        codes += (codes.empty() ? "" : ",") + conflict.code;
    return codes;
}

} // namespace bankfeed::testing
