// What booking needs to know of a bank account: itself and the account link in force.
#pragma once

#include "base/Limits.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/Unit.h"

#include <optional>
#include <string>
#include <vector>

namespace bankfeed::store
{

struct LinkedAccount
{
    BankAccount account;
    std::optional<AccountLink> link; ///< The one that has not ended and whose ledger account is
                                     ///< certain: see mayBook.
};

class LinkedAccountRepository
{
public:
    LinkedAccountRepository(Unit& unit, std::string tenant)
        : unit_(unit), tenant_(std::move(tenant))
    {
    }

    /// The bank accounts of a connection. Their links in force stay as they are until the unit ends
    /// (on PostgreSQL by locks), so that nothing is booked by a link that ends meanwhile.
    [[nodiscard]] std::vector<LinkedAccount> ofConnection(const std::string& connectionId);

    /// The bank account of a link, locked in the same way; nothing when the link has ended
    /// or books nothing (mayBook).
    [[nodiscard]] std::optional<LinkedAccount> ofLink(const std::string& linkId);

    /// The links of a feed, ended ones too, whose opening balance the books were told of. More than
    /// openingsMost fail the unit: an epoch built without one of them could leave it out of the
    /// books.
    [[nodiscard]] std::vector<AccountLink> openingsOf(const std::string& feedId);
    /// An epoch gets them all in one unit.
    static constexpr std::size_t openingsMost = limits::changesPerBatch;

private:
    Unit& unit_;
    std::string tenant_;
};

} // namespace bankfeed::store
