#include "intake/WebhookIntake.h"

#include "base/Limits.h"
#include "base/Utf8.h"
#include "store/InboxRepository.h"
#include "store/JobRepository.h"

#include <string>

namespace bankfeed::intake
{

namespace
{

/// An attacker must not be able to fill the log.
constexpr std::int64_t logIntervalNs = 60 * nsPerSecond;

/// True for one of many callers within the interval.
bool mayLog(std::atomic<std::int64_t>& lastNs, UtcTime now)
{
    std::int64_t last = lastNs.load();
    return clampedDifference(now.ns, last) >= logIntervalNs &&
           lastNs.compare_exchange_strong(last, now.ns);
}

/// How old a token may be whose repeat is taken for a second ring: as long as a request may be on
/// its way. A replay is older, and does nothing.
constexpr std::int64_t ringAgainNs = 5 * nsPerSecond;
constexpr std::size_t loggedWordBytes = 64;

/// The provider signs with whole seconds: two rings of one bell within a second are the same bytes,
/// and the job may have run between them. So a repeat that comes at once rings again where that
/// only makes us ask the provider; a notice that somebody has dealt with is not opened by it. Eight
/// times at most: who has caught one webhook and sends it a thousand times within these seconds
/// gets no more runs of the job than that.
bool ringsAgain(const VerifiedWebhook& webhook, UtcTime receivedAt)
{
    const BankEventKind kind = webhook.event.kind;
    const bool opensNotice =
        kind == BankEventKind::NewAccountsAvailable || kind == BankEventKind::ConsentEnding;
    return webhook.understood && !opensNotice &&
           clampedDifference(receivedAt.ns, webhook.signedAt.ns) <= ringAgainNs;
}

} // namespace

WebhookIntake::WebhookIntake(
    WebhookVerifier& verifier, store::GroupCommit& commits, Random& random, Wake& wake, Log& log)
    : verifier_(verifier), commits_(commits), random_(random), wake_(wake), log_(log)
{
}

int WebhookIntake::handle(
    const std::vector<WebhookHeader>& headers, std::string_view body, UtcTime receivedAt)
{
    if (body.size() > limits::webhookBodyBytes) return 413;
    const auto verified = verifier_.verify(headers, body, receivedAt);
    if (!verified.ok()) return refuse(verified.error(), receivedAt);
    ++wellFormed_;
    countOdd(*verified, receivedAt);
    return storeVerified(*verified, receivedAt);
}

int WebhookIntake::refuse(const Error& error, UtcTime receivedAt)
{
    if (error.kind != ErrorKind::Denied)
        return postpone(
            LogLevel::Warning, "A webhook could not be verified now: " + error.text, receivedAt);
    ++refused_;
    if (error.code == wellFormedRefused)
    {
        ++wellFormed_;
        ++forged_;
    }
    if (mayLog(lastRefusalLoggedNs_, receivedAt))
    {
        log_.write(LogLevel::Warning, "intake",
            "A webhook was refused: " + error.text +
                " Refused since the start: " + std::to_string(refused_.load()) +
                ". Further refusals are counted, and logged once a minute.");
    }
    return 401;
}

int WebhookIntake::postpone(LogLevel level, const std::string& what, UtcTime receivedAt)
{
    ++postponed_;
    if (mayLog(lastPostponementLoggedNs_, receivedAt))
        log_.write(level, "intake",
            what + " Postponed since the start: " + std::to_string(postponed_.load()) +
                ". Further ones are counted, and logged once a minute.");
    return 503;
}

/// What the provider sends and we do not know is kept for whoever has to find out what it is.
void WebhookIntake::countOdd(const VerifiedWebhook& webhook, UtcTime receivedAt)
{
    const bool unknown = webhook.understood && webhook.event.kind == BankEventKind::UnknownKind;
    if (!webhook.understood) ++notUnderstood_;
    if (unknown) ++unknownKind_;
    if ((webhook.understood && !unknown) || !mayLog(lastOddLoggedNs_, receivedAt)) return;
    const BankEvent& event = webhook.event;
    log_.write(LogLevel::Info, "intake",
        std::string("A genuine webhook ") +
            (unknown ? "is of a kind that is not known: " : "is not understood: ") +
            safeText(event.providerType, loggedWordBytes) + "/" +
            safeText(event.providerCode, loggedWordBytes) +
            ". It is kept and has no effect. Such since the start: " +
            std::to_string(notUnderstood_.load() + unknownKind_.load()) +
            ". Further ones are counted, and logged once a minute.");
}

int WebhookIntake::storeVerified(const VerifiedWebhook& webhook, UtcTime receivedAt)
{
    bool added = false;
    bool rung = false;
    const auto committed = commits_.run(
        [&](store::Unit& unit) -> Result<void>
        {
            store::InboxRepository inbox(unit);
            if (inbox.full())
                return Error::exhausted(
                    "intake.inbox_full", "The inbox is full; jobs do not keep up.");
            added = inbox.add(webhook, receivedAt);
            rung = added ||
                   (ringsAgain(webhook, receivedAt) && inbox.ringAgain(webhook.id, receivedAt));
            if (rung && webhook.understood)
            {
                store::JobRepository(unit).ask(random_, "", store::job::inbox, "", receivedAt);
            }
            return success();
        });
    if (!committed.ok())
        return postpone(LogLevel::Error, "A webhook could not be stored: " + committed.error().text,
            receivedAt);
    ++(added ? stored_ : repeated_);
    if (rung) wake_.wake(WakeReason::Jobs);
    return 200;
}

IntakeCounts WebhookIntake::counts() const
{
    IntakeCounts counts;
    counts.stored = stored_.load();
    counts.repeated = repeated_.load();
    counts.refused = refused_.load();
    counts.postponed = postponed_.load();
    counts.notUnderstood = notUnderstood_.load();
    // In this order: what is forged is well-formed too, and one more may come in between.
    counts.forged = forged_.load();
    counts.wellFormed = wellFormed_.load();
    counts.unknownKind = unknownKind_.load();
    return counts;
}

} // namespace bankfeed::intake
