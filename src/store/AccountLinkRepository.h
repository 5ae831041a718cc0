// Account links: which ledger account a bank account feeds. At most one each way at any time; two
// unique indexes see to it.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/Unit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// The names are stored and shown; do not rename.
namespace linkState
{
inline constexpr std::string_view waitingForAccount =
    "waiting_for_account"; ///< The host has yet to make the ledger account.
inline constexpr std::string_view checkingBooks =
    "checking_books"; ///< A ledger account that was there before: it is looked at once more, since
                      ///< the books may have changed since they were copied. Feeds nothing yet.
inline constexpr std::string_view releasing = "releasing"; ///< Held rows go into the outbox.
inline constexpr std::string_view active = "active";
inline constexpr std::string_view ended = "ended";
inline constexpr std::string_view takingBack =
    "taking_back"; ///< A person takes back that it goes on with the feed of another account. Feeds
                   ///< nothing any more, and keeps others from feeding the ledger account until
                   ///< what was is restored.
inline constexpr std::string_view takenBack =
    "taken_back"; ///< That is done: it has ended, and counts as one that never fed anything.
} // namespace linkState

/// Whether anything is booked by a link in this state that has a ledger account.
[[nodiscard]] inline bool mayBook(std::string_view state)
{
    return state != linkState::checkingBooks && state != linkState::takingBack;
}

/// Where the opening balance stands. The names are stored and shown; do not rename.
namespace openingState
{
inline constexpr std::string_view none = "none"; ///< None is wanted.
inline constexpr std::string_view due =
    "due"; ///< To be measured, the first time or again, once the history is complete.
inline constexpr std::string_view posted = "posted";
} // namespace openingState

struct AccountLink
{
    std::string id; ///< "lnk_..."
    std::string bankAccountId;
    std::string feedId;
    std::optional<std::string> ledgerAccountId; ///< Nothing until the host has made it.
    std::string startDate;                      ///< "YYYY-MM-DD"; "" books everything.
    std::string state = std::string(linkState::waitingForAccount);
    std::string opening = std::string(openingState::none);
    std::int64_t openingUnits = 0;
    std::string openingOn;
    std::int64_t openingRevision = 0;
    std::int64_t openingOrdinal = 0; ///< Of the feed's opening balances, from 1; 0: never told.
    std::string openingMeasuredOn;   ///< The last day whose rows the measured balance may hold; ""
                                     ///< before the first measurement.
    std::int64_t openingChecks = 0;  ///< Which check of the amount is outstanding; 0: none.
    std::string booksLastEntryOn;    ///< The ledger account's last entry as the decision saw it; ""
                                     ///< for none.
    std::int64_t releaseTotal = 0;
    std::int64_t releaseDone = 0;
    UtcTime createdAt;
    std::string createdBy; ///< The person's name.
    std::optional<UtcTime> endedAt;
    std::string startChangedBy; ///< Who changed the start date last; "" when nobody did.
    std::string startBefore;    ///< While rows are released because it is earlier now: what it was.
    std::string continues; ///< The link of another bank account whose feed it goes on with; "" for
                           ///< none.
    std::string takenBackBy;   ///< Who takes that back, or took it; "" while nobody does.
    std::string takenBackById; ///< The same person's id.
};

class AccountLinkRepository
{
public:
    AccountLinkRepository(Unit& unit, std::string tenant) : unit_(unit), tenant_(std::move(tenant))
    {
    }

    /// False when the bank account or the ledger account has a link that has not ended; nothing is
    /// written then.
    bool insert(const AccountLink& link);

    [[nodiscard]] std::optional<AccountLink> find(const std::string& id);

    /// The ones that have not ended.
    [[nodiscard]] std::optional<AccountLink> ofBankAccount(const std::string& bankAccountId);
    [[nodiscard]] std::optional<AccountLink> ofLedgerAccount(const std::string& ledgerAccountId);

    /// All that have not ended, by bank account. More than there may be bank accounts fail the
    /// unit; see store/Pages.h.
    [[nodiscard]] std::vector<AccountLink> current();
    [[nodiscard]] std::vector<AccountLink> currentOfConnection(const std::string& connectionId);
    /// Those of some bank accounts, by bank account; at most 500 ids.
    [[nodiscard]] std::map<std::string, AccountLink> currentOf(
        const std::vector<std::string>& bankAccountIds);

    /// The ones in linkState::checkingBooks, oldest first, at most `count` (1..1000).
    [[nodiscard]] std::vector<AccountLink> checkingBooks(std::int64_t count);

    /// Whether a link of another feed, ended or not, ever fed the ledger account.
    [[nodiscard]] bool wasFedByAnother(
        const std::string& ledgerAccountId, const std::string& feedId);

    /// The latest link that a ledger account ever had, ended or not; not one that was taken back.
    [[nodiscard]] std::optional<AccountLink> lastOfLedgerAccount(
        const std::string& ledgerAccountId);

    /// The latest link of a bank account that has ended and was not taken back, if any.
    [[nodiscard]] std::optional<AccountLink> lastEnded(const std::string& bankAccountId);

    /// The host has made the ledger account. False when that account is fed by another link, or
    /// this one has ended or has an account.
    bool setLedgerAccount(const std::string& id, const std::string& ledgerAccountId);

    /// Names another ledger account in every link to `from`, ended ones too: the books merged the
    /// two. The links that have not ended must not feed both. False when there is none.
    bool mergeLedgerAccount(const std::string& from, const std::string& into);

    void setState(const std::string& id, std::string_view state);
    /// From linkState::checkingBooks on to releasing. False when it does not wait for that.
    bool booksAsDecided(const std::string& id);
    /// Another start date of an active link. With `releaseBefore`, the one of before, rows between
    /// the two are to be released: the link is releasing again. False when it is not active.
    bool setStartDate(const std::string& id, const std::string& startDate, const std::string& by,
        const std::string& releaseBefore);
    /// Every row was released: the link is active.
    void setReleased(const std::string& id);
    void setRelease(const std::string& id, std::int64_t total, std::int64_t done);
    /// Writes the members `opening...`.
    void saveOpening(const AccountLink& link);
    /// A posted opening balance is to be measured again. False when it is not posted, or the link
    /// has ended.
    bool setOpeningDueAgain(const std::string& id);
    /// Links whose opening balance is to be measured now, at most `count`.
    [[nodiscard]] std::vector<std::string> openingsDue(std::int64_t count);
    /// The highest ordinal among a feed's opening balances; 0 when the books were told of none.
    [[nodiscard]] std::int64_t lastOpeningOrdinal(const std::string& feedId);

    /// The opening balances that the books were told of, by any link, in one ledger account.
    struct ToldOpenings
    {
        std::int64_t count = 0;
        std::int64_t units = 0; ///< Their sum.
    };
    [[nodiscard]] ToldOpenings toldOpenings(
        const std::string& ledgerAccountId, const std::string& exceptLinkId);

    /// False when it had ended already. The feed and what is booked stay as they are.
    bool end(const std::string& id, UtcTime at);

    /// It feeds nothing any more: linkState::takingBack. False when it has ended, or is that.
    bool beginTakingBack(const std::string& id, const std::string& byId, const std::string& by);
    /// Ends it as linkState::takenBack, also when something else has ended it meanwhile.
    void endTakingBack(const std::string& id, UtcTime at);
    /// One that has ended is releasing again, with what it knew. False when its bank account or its
    /// ledger account has another by now.
    bool resume(const std::string& id);
    /// Whether it ended in the moment in which a link that goes on with its feed was made.
    [[nodiscard]] bool endedForAnother(const std::string& id);
    /// The links that a bank account had and that were taken back, oldest first; at most 100.
    [[nodiscard]] std::vector<AccountLink> takenBackOf(const std::string& bankAccountId);

private:
    void forgetNotices(const AccountLink& link, UtcTime at);
    [[nodiscard]] std::optional<AccountLink> one(
        std::string_view where, const std::string& parameter);

    Unit& unit_;
    std::string tenant_;
};

/// What the books were told, or have, moves the posted opening balance of this link: it is measured
/// again at once, and so is one that is due already.
void measureOpeningAgain(
    Unit& unit, const std::string& tenant, const std::string& linkId, Random& random, UtcTime now);

} // namespace bankfeed::store
