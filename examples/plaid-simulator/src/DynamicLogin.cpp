#include "DynamicLogin.h"

#include "World.h"

namespace plaidsim
{

namespace
{

void postPending(World& world, BankAccount& account, Day today)
{
    const std::size_t count = account.rows.size();
    for (std::size_t i = 0; i < count; ++i)
    {
        const BankTransaction pending = *account.rows[i];
        if (pending.removed || !pending.pending) continue;
        world.truth.removeTransaction(account, pending.id);
        BankTransaction posted = pending;
        posted.id.clear();
        posted.pending = false;
        posted.replacesPending = pending.id;
        posted.authorizedDate = pending.date;
        posted.date = today;
        world.truth.addTransaction(account, std::move(posted));
    }
}

void raiseOne(World& world, BankAccount& account)
{
    for (const auto& row : account.rows)
    {
        if (row->removed || row->pending) continue;
        BankTransaction raised = *row;
        raised.amount = raised.amount + Decimal::of(100, 2);
        world.truth.modifyTransaction(account, std::move(raised));
        return;
    }
}

void addPending(World& world, BankAccount& account, Day today)
{
    for (const char* merchant : {"Corner Cafe", "Metro Transit", "Green Grocer"})
    {
        BankTransaction row;
        row.date = today;
        row.amount = Decimal::of(100 + static_cast<std::int64_t>(world.random.below(9000)), 2);
        row.name = merchant;
        row.merchantName = merchant;
        row.categoryPrimary = "GENERAL_MERCHANDISE";
        row.pending = true;
        world.truth.addTransaction(account, std::move(row));
    }
}

} // namespace

void refreshDynamicLogin(World& world, const Login& login)
{
    const Day today = dayOf(world.clock.now());
    for (const auto& id : login.accountIds)
    {
        BankAccount& account = *world.truth.account(id);
        if (account.closed || !account.hasTransactions()) continue;
        raiseOne(world, account);
        postPending(world, account, today);
        addPending(world, account, today);
    }
    for (const auto& id : login.accountIds)
        world.accountChanged(id);
}

} // namespace plaidsim
