// Rows of an account that went on with the feed of another by mistake: what it took over goes back,
// what it booked itself leaves the books.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/AccountLinkRepository.h"
#include "store/BankAccountRepository.h"
#include "store/Unit.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace bankfeed::sync
{

/// What taking a link back will do to the books.
struct TakeBackCounts
{
    std::int64_t givesBack = 0; ///< Entries that go back to the rows that had them.
    std::int64_t takesOut = 0;  ///< Entries that are voided.
    std::int64_t waiting = 0;   ///< Rows held because of the entries there, which are free again.
    std::map<std::string, std::int64_t, std::less<>> stay; ///< By reason (protectedReason).

    [[nodiscard]] std::int64_t stayInAll() const;
};

/// In the caller's unit, which may be a read.
[[nodiscard]] TakeBackCounts countTakeBack(
    store::Unit& unit, const std::string& tenant, const store::AccountLink& link, UtcTime now);

/// A link in linkState::takingBack, and whose feed it went on with.
struct TakeBack
{
    store::AccountLink link;
    store::BankAccount account;
    store::AccountLink oldLink;
    store::BankAccount oldAccount;
};

struct GivenUp
{
    bool more = false;
    bool told = false;  ///< There is something for the books.
    bool waits = false; ///< Only until the feed has been written anew.
};

/// One portion, in the caller's unit, which holds the locks of both connections. Every entry of the
/// link that the books know by a root key goes to a row of the old account, so that the feed and
/// its keys stay together:
///
/// - one that another row had before: back to that row, which amends it to the bank's last word on
///   it (of a row that went with its access: as it was);
/// - one that the link's account booked itself: to a row that the bank does not show, voided like
///   an undone import; what people or a closed period keep (protectedBy) is not touched, and stays
///   in the books under the old account (keptReason::takenBack).
///
/// The rows of the link's account are then like ones that were never booked, and held until it is
/// linked again; one whose key is in the books has another. An opening balance that the link told
/// is stated as nothing.
[[nodiscard]] GivenUp giveUpRows(store::Unit& unit, const std::string& tenant,
    const TakeBack& takeBack, Random& random, UtcTime now);

/// When nothing is left: brings up to date what people are told of the rows of both.
void noteGivenUp(store::Unit& unit, const std::string& tenant, const TakeBack& takeBack,
    Random& random, UtcTime now);

} // namespace bankfeed::sync
