#include "store/LinkedAccountRepository.h"

#include <map>

namespace bankfeed::store
{

std::vector<LinkedAccount> LinkedAccountRepository::ofConnection(const std::string& connectionId)
{
    if (unit_.engine() == Engine::Postgresql)
    {
        unit_.query(R"(SELECT link_id FROM account_link
            WHERE tenant_id = $1 AND ended_at IS NULL AND bank_account_id IN (
                SELECT bank_account_id FROM bank_account
                WHERE tenant_id = $2 AND connection_id = $3)
            ORDER BY link_id FOR UPDATE)",
            {tenant_, tenant_, connectionId});
    }
    std::map<std::string, AccountLink> links;
    for (auto& link : AccountLinkRepository(unit_, tenant_).currentOfConnection(connectionId))
        if (mayBook(link.state)) links.emplace(link.bankAccountId, std::move(link));
    std::vector<LinkedAccount> found;
    for (auto& account : BankAccountRepository(unit_, tenant_).ofConnection(connectionId))
    {
        LinkedAccount linked{std::move(account), std::nullopt};
        if (const auto link = links.find(linked.account.id); link != links.end())
            linked.link = link->second;
        found.push_back(std::move(linked));
    }
    return found;
}

std::optional<LinkedAccount> LinkedAccountRepository::ofLink(const std::string& linkId)
{
    std::string lock = "SELECT link_id FROM account_link WHERE tenant_id = $1 AND link_id = $2";
    lock += unit_.forUpdate();
    if (unit_.query(lock, {tenant_, linkId}).empty()) return std::nullopt;
    auto link = AccountLinkRepository(unit_, tenant_).find(linkId);
    if (!link || link->endedAt || !mayBook(link->state)) return std::nullopt;
    auto account = BankAccountRepository(unit_, tenant_).find(link->bankAccountId);
    if (!account) return std::nullopt;
    return LinkedAccount{std::move(*account), std::move(link)};
}

std::vector<AccountLink> LinkedAccountRepository::openingsOf(const std::string& feedId)
{
    const Rows rows = unit_.query(R"(SELECT link_id FROM account_link
        WHERE tenant_id = $1 AND feed_id = $2 AND opening_revision > 0
        ORDER BY link_id LIMIT $3)",
        {tenant_, feedId, static_cast<std::int64_t>(openingsMost) + 1});
    if (rows.size() > openingsMost)
        throw StatementFailed(
            Error::exhausted("store.too_many_rows", "A feed has too many opening balances."),
            false);
    AccountLinkRepository links(unit_, tenant_);
    std::vector<AccountLink> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
        if (auto link = links.find(rows.text(i, 0))) found.push_back(std::move(*link));
    }
    return found;
}

} // namespace bankfeed::store
