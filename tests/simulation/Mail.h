// Webhooks on their way from the bank to the plugin.
#pragma once

#include "Fate.h"
#include "Journal.h"
#include "Plaid.h"

#include "intake/WebhookIntake.h"

#include <string>
#include <vector>

namespace bankfeed::simulation
{

/// Loses, doubles, delays and re-orders them, sends again what was not answered with 200 as Plaid
/// does, and lets somebody forge some.
class Mail
{
public:
    Mail(Plaid& plaid, Fate& fate, Journal& journal) : plaid_(plaid), fate_(fate), journal_(journal)
    {
    }

    /// Takes over what the simulator has sent.
    void collect();

    /// Delivers one that is due, any of them. False when none is. Once `calm`, in order.
    bool deliverOne(intake::WebhookIntake& intake);

    /// A forged one. It must not be taken.
    void forge(intake::WebhookIntake& intake);

    /// When the next is due; INT64_MAX: none is under way.
    [[nodiscard]] std::int64_t nextDueNs() const;

private:
    struct Letter
    {
        plaidsim::Webhook webhook;
        std::int64_t dueNs = 0;
        int attempts = 0;
        std::int64_t firstNs = 0;
    };

    Plaid& plaid_;
    Fate& fate_;
    Journal& journal_;
    std::vector<Letter> underWay_;
    std::vector<plaidsim::Webhook> seen_; ///< For forgers.
};

} // namespace bankfeed::simulation
