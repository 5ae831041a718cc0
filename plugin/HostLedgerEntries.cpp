// What the host's books hold of a feed: the part of HostLedger that a restored plugin asks.
#include "HostLedger.h"

#include "Boundary.h"
#include "HostAnswers.h"

#include "base/Limits.h"
#include "base/Utf8.h"
#include "money/Currency.h"
#include "money/Decimal.h"

#include "bankfeed/ext/ledger-events.h"

#include <algorithm>
#include <cstring>

namespace bankfeed::plugin
{

namespace
{

template <std::size_t Size>
std::string textOf(const char (&text)[Size])
{
    return {text, strnlen(text, Size)};
}

struct EntryVisit
{
    Ledger::Entries found;
    std::vector<std::string> left; ///< Why entries are left out, with their root keys.
    std::uint32_t number = 0;
    const char* fault = nullptr; ///< Of the whole visit.
};

/// Fills `one` from what the host says. What is against the specification; nullptr when nothing is.
const char* takeEntry(const bf_booked& entry, BookedEntry& one)
{
    if (entry.revision == 0) return "revision is 0";
    if (entry.kind < BF_CHANGE_POST || entry.kind > BF_CHANGE_VOID) return "kind is none";
    if (entry.state > BF_ENTRY_REMOVED) return "state is none";
    if (!isId(entry.account_id)) return "account_id is not an id";
    if (entry.amount.exponent > money::Decimal::scaleMax) return "amount.exponent is above 18";
    one.head.revision = entry.revision;
    std::copy(std::begin(entry.content_digest), std::end(entry.content_digest),
        one.head.contentDigest.begin());
    one.kind = static_cast<ChangeKind>(entry.kind);
    one.removed = entry.state == BF_ENTRY_REMOVED;
    one.reconciled = entry.state == BF_ENTRY_RECONCILED;
    one.ledgerAccountId = entry.account_id;
    one.units = entry.amount.units;
    one.exponent = static_cast<int>(entry.amount.exponent);
    one.currency = textOf(entry.amount.currency);
    if (!money::Currency::unofficial(one.currency).ok()) return "amount.currency is not a currency";
    one.bookedOn = textOf(entry.booked_on.text);
    if (!Date::parse(one.bookedOn)) return "booked_on is no date";
    if (entry.description == nullptr || !isUtf8(entry.description)) return "description is no text";
    if (entry.original_description == nullptr || !isUtf8(entry.original_description))
        return "original_description is no text";
    one.description = safeText(entry.description, limits::textBytes);
    one.originalDescription = safeText(entry.original_description, limits::textBytes);
    return nullptr;
}

/// What is wrong with the visit itself, not with one entry.
const char* faultOfVisit(const EntryVisit& visit, const bf_booked* entry)
{
    if (entry == nullptr || entry->struct_size < sizeof(bf_booked)) return "is NULL or too short";
    if (!isId(entry->root_key)) return "has a root_key that is not an id";
    if (entry->root_key <= visit.found.last) return "is out of order";
    return visit.number > limits::entriesPerVisit ? "is one too many" : nullptr;
}

bf_status visitEntry(void* ctx, const bf_booked* entry) noexcept
{
    auto& visit = *static_cast<EntryVisit*>(ctx);
    try
    {
        ++visit.number;
        visit.fault = faultOfVisit(visit, entry);
        if (visit.fault != nullptr) return BF_E_INVALID;
        BookedEntry one;
        one.rootKey = entry->root_key;
        visit.found.last = one.rootKey;
        if (const char* const fault = takeEntry(*entry, one); fault != nullptr)
            visit.left.push_back("\"" + one.rootKey + "\": " + fault);
        else
            visit.found.entries.push_back(std::move(one));
        return BF_OK;
    }
    catch (...)
    {
        visit.fault = "found no memory";
        return BF_E_EXHAUSTED;
    }
}

} // namespace

Result<std::optional<Ledger::Entries>> HostLedger::entries(
    const std::string& tenant, const std::string& feedId, const std::string& after)
{
    const auto& post = *tables_.ledgerPost;
    if (post.struct_size < sizeof(bf_host_ledger_post) || post.visit_entries == nullptr)
        return std::optional<Entries>{};
    EntryVisit visit;
    visit.found.last = after;
    bf_error error = newError();
    const bf_status status = post.visit_entries(tables_.host, tenant.c_str(), feedId.c_str(),
        after.c_str(), limits::entriesPerVisit, visitEntry, &visit, &error);
    if (visit.fault != nullptr)
        return Error::invalid(
            "host.bad_entries", "The host listed the entries of a feed against the specification: "
                                "number " +
                                    std::to_string(visit.number) +
                                    " of ledger-post visit_entries " + visit.fault + ".");
    if (status != BF_OK) return hostError(status, error, "list the entries of a feed");
    for (const auto& left : visit.left)
        sayOnce("delivery",
            "The host described an entry against the specification, and the plugin does not "
            "take it up: " +
                left + ".");
    visit.found.more = visit.number == limits::entriesPerVisit;
    return std::optional<Entries>{std::move(visit.found)};
}

} // namespace bankfeed::plugin
