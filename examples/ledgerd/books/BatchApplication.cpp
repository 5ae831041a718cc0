#include "books/BatchApplication.h"

#include "books/ClosedBooks.h"

#include "base/Text.h"

#include <cstring>
#include <set>

namespace ledgerd::feed
{

namespace
{

const char* kindText(std::uint32_t kind)
{
    return kind == BF_CHANGE_POST ? "post" : kind == BF_CHANGE_AMEND ? "amend" : "void";
}

Role roleOf(const bf_change& change)
{
    return std::strcmp(change.counter_account, "role:opening-balances") == 0 ? Role::openingBalances
                                                                             : Role::suspense;
}

Currency currencyOf(const bf_money& money)
{
    return {money.currency, money.exponent};
}

} // namespace

BatchApplication::BatchApplication(Unit& unit, const bf_batch& batch, bf_change_result* results,
    std::uint32_t resultSize, std::string madeBy, std::int64_t utcNs)
    : unit_(unit),
      batch_(batch),
      results_(results),
      resultSize_(resultSize),
      tenant_(batch.tenant_id),
      feedId_(batch.feed_id),
      madeBy_(std::move(madeBy)),
      utcNs_(utcNs)
{
}

bf_status BatchApplication::reject(std::uint32_t index, std::uint32_t reason, std::string text)
{
    bf_change_result& result = resultAt(results_, resultSize_, index);
    result.outcome = BF_OUTCOME_REJECTED;
    result.reason = reason;
    text_ = std::move(text);
    return BF_E_REJECTED;
}

bf_status BatchApplication::checkSequence()
{
    const std::uint64_t firstSeq = changeAt(batch_, 0).seq;
    const auto watermark = readWatermark(unit_, tenant_, feedId_);
    if (!watermark || watermark->epoch != batch_.epoch)
    {
        if ((batch_.flags & BF_BATCH_EPOCH_START) == 0)
            return reject(0, BF_REASON_EPOCH, "The books have another epoch of this feed.");
        if (!isZero(batch_.prev_digest))
        {
            text_ = "An epoch begins with a previous digest of zeros.";
            return BF_E_CORRUPT;
        }
        return BF_OK;
    }
    if (firstSeq > watermark->lastSeq + 1)
        return reject(0, BF_REASON_GAP,
            "The books have applied only up to " + std::to_string(watermark->lastSeq) + ".");

    // The digest that the batch shows at the watermark must be the watermark's: else the histories
    // differ.
    std::string shown = hexOf(batch_.prev_digest);
    while (first_ < batch_.change_count && changeAt(batch_, first_).seq <= watermark->lastSeq)
    {
        shown = hexOf(changeAt(batch_, first_).chain_digest);
        resultAt(results_, resultSize_, first_).outcome = BF_OUTCOME_ALREADY;
        ++first_;
    }
    const bool reachesWatermark = firstSeq + first_ == watermark->lastSeq + 1;
    if (reachesWatermark && shown != watermark->chainDigest)
    {
        text_ = "The batch does not continue what the books hold: the chain digests differ.";
        return BF_E_CORRUPT;
    }
    return BF_OK;
}

bf_status BatchApplication::run()
{
    if (!tenantExists(unit_, tenant_))
    {
        text_ = "There is no such tenant.";
        return BF_E_NOT_FOUND;
    }
    if (const bf_status status = checkSequence(); status != BF_OK) return status;
    if (first_ == batch_.change_count) return BF_OK;

    std::set<std::string> keys;
    for (std::uint32_t i = first_; i < batch_.change_count; ++i)
        if (isId(changeAt(batch_, i).root_key)) keys.insert(changeAt(batch_, i).root_key);
    heads_ = readHeads(unit_, tenant_, {keys.begin(), keys.end()});
    writer_.emplace(unit_, tenant_, utcNs_);
    closedThrough_ = closed::through(unit_, tenant_);

    for (std::uint32_t i = first_; i < batch_.change_count; ++i)
        if (const bf_status status = decide(i); status != BF_OK) return status;

    writer_->write();
    writeHeads(unit_, tenant_, changed_);
    const bf_change& last = changeAt(batch_, batch_.change_count - 1);
    writeWatermark(unit_, tenant_, feedId_, {batch_.epoch, last.seq, hexOf(last.chain_digest)});
    return BF_OK;
}

bf_status BatchApplication::decide(std::uint32_t index)
{
    const bf_change& change = changeAt(batch_, index);
    bf_change_result& result = resultAt(results_, resultSize_, index);
    if (std::string fault = changeFault(change); !fault.empty())
        return reject(index, BF_REASON_INVALID, std::move(fault));
    if (change.kind == BF_CHANGE_NOOP)
    {
        result.outcome = BF_OUTCOME_APPLIED;
        return BF_OK;
    }
    const auto head = heads_.find(change.root_key);
    if (head != heads_.end() && change.revision <= head->second.revision)
    {
        if (change.revision == head->second.revision &&
            hexOf(change.content_digest) == head->second.contentDigest)
        {
            result.outcome = BF_OUTCOME_ALREADY;
            return BF_OK;
        }
        result.outcome = BF_OUTCOME_CONFLICT;
        text_ = "The books hold this bank transaction with other content.";
        return BF_E_CONFLICT;
    }
    if (head == heads_.end() && change.kind != BF_CHANGE_POST)
        return reject(index, BF_REASON_NO_ENTRY,
            "The books do not hold the bank transaction that this changes.");
    if (head != heads_.end() && head->second.state == "reconciled")
        return reject(index, BF_REASON_RECONCILED, "The bank transaction is reconciled.");
    if (head != heads_.end() && head->second.state == "removed" && change.kind != BF_CHANGE_POST)
        return reject(index, BF_REASON_REMOVED, "A person removed the bank transaction.");
    const bool touches = change.booked_on.text <= closedThrough_ ||
                         (head != heads_.end() && head->second.units != 0 &&
                             head->second.bookedOn <= closedThrough_);
    if (touches) return reject(index, BF_REASON_PERIOD_CLOSED, "The period is closed.");
    return apply(index, change);
}

const Account* BatchApplication::accountOf(std::int64_t id)
{
    if (writer_->account(id) == nullptr)
    {
        const auto found = accounts::find(unit_, tenant_, id);
        if (!found) return nullptr;
        writer_->know(*found);
    }
    return writer_->account(id);
}

std::int64_t BatchApplication::counterOf(Role role, const Currency& currency)
{
    const auto [known, isNew] = counters_.try_emplace({role, currency.code}, 0);
    if (isNew)
        if (const auto made = accounts::forRole(unit_, tenant_, role, currency, utcNs_))
        {
            if (writer_->account(made->id) == nullptr) writer_->know(*made);
            known->second = made->id;
        }
    return known->second;
}

bf_status BatchApplication::apply(std::uint32_t index, const bf_change& change)
{
    const Account* account =
        accountOf(closed::mergedInto(unit_, tenant_, parseAccountText(change.account_id)));
    if (account == nullptr)
        return reject(index, BF_REASON_UNKNOWN_ACCOUNT, "There is no such account.");
    if (!account->open || !account->feedable)
        return reject(
            index, BF_REASON_ACCOUNT_CLOSED, "The account is closed, or takes no bank feed.");
    if (account->currency != currencyOf(change.amount))
        return reject(
            index, BF_REASON_CURRENCY, "The account is kept in " + account->currency.code + ".");

    const auto found = heads_.find(change.root_key);
    std::optional<Head> before;
    if (found != heads_.end()) before = found->second;
    return addEntry(index, change, Account(*account), before);
}

NewEntry BatchApplication::entryOf(const bf_change& change) const
{
    NewEntry entry;
    entry.bookedOn = change.booked_on.text;
    entry.description = change.description;
    entry.source = "feed";
    entry.kind = kindText(change.kind);
    entry.feedId = feedId_;
    entry.rootKey = change.root_key;
    entry.revision = change.revision;
    entry.authorizedOn = change.authorized_on.text;
    entry.merchant = change.merchant;
    entry.originalDescription = change.original_description;
    entry.category = change.category;
    entry.madeBy = madeBy_;
    return entry;
}

bf_status BatchApplication::addLegs(
    std::uint32_t index, Role role, const Account& bank, std::int64_t difference, NewEntry& entry)
{
    const std::int64_t counter = counterOf(role, bank.currency);
    if (counter == 0)
        return reject(index, BF_REASON_INVALID, "The counter-account cannot be made.");
    std::int64_t other = 0;
    if (!subtract(0, difference, other))
        return reject(index, BF_REASON_INVALID, "The amount is too large.");
    entry.legs.push_back({bank.id, difference});
    entry.legs.push_back({counter, other});
    return BF_OK;
}

bf_status BatchApplication::takeBack(
    std::uint32_t index, Role role, const Head& before, NewEntry& entry)
{
    const Account* earlier = accountOf(before.account);
    std::int64_t back = 0;
    if (earlier == nullptr || !earlier->open || !subtract(0, before.units, back))
        return reject(
            index, BF_REASON_ACCOUNT_CLOSED, "The account of the earlier entry is closed.");
    return addLegs(index, role, Account(*earlier), back, entry);
}

bf_status BatchApplication::addEntry(std::uint32_t index, const bf_change& change,
    const Account& account, const std::optional<Head>& before)
{
    NewEntry entry = entryOf(change);
    std::optional<std::int64_t> id;
    // Only the difference is booked: what people did with the other legs of earlier entries stays
    // as it is. Money that was on another day is taken back on that day, so that the balance of
    // every day is the bank's.
    std::int64_t difference = change.amount.units;
    const bool otherDay = before && before->units != 0 && before->bookedOn != change.booked_on.text;
    if (otherDay)
    {
        NewEntry back = entryOf(change);
        back.bookedOn = before->bookedOn;
        if (const bf_status status = takeBack(index, roleOf(change), *before, back);
            status != BF_OK)
            return status;
        const auto added = writer_->add(back);
        if (!added) return reject(index, BF_REASON_INVALID, added.failure().text);
        id = *added;
    }
    else if (before && before->account != account.id)
    {
        if (const bf_status status = takeBack(index, roleOf(change), *before, entry);
            status != BF_OK)
            return status;
    }
    else if (before && !subtract(change.amount.units, before->units, difference))
        return reject(index, BF_REASON_INVALID, "The amount is too large.");

    if (!otherDay || change.amount.units != 0)
    {
        if (const bf_status status = addLegs(index, roleOf(change), account, difference, entry);
            status != BF_OK)
            return status;
        const auto added = writer_->add(entry);
        if (!added) return reject(index, BF_REASON_INVALID, added.failure().text);
        id = *added;
    }
    const Head head{change.revision, hexOf(change.content_digest), account.id, change.amount.units,
        change.booked_on.text, change.description, *id, "in_books"};
    heads_.insert_or_assign(change.root_key, head);
    changed_.insert_or_assign(change.root_key, head);
    resultAt(results_, resultSize_, index).outcome = BF_OUTCOME_APPLIED;
    return BF_OK;
}

} // namespace ledgerd::feed
