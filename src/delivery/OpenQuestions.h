// What is asked about a tenant's rows before its feeds are visited.
#pragma once

#include "base/Clock.h"
#include "base/Ledger.h"
#include "base/Log.h"
#include "base/Random.h"
#include "delivery/ForgottenRemovals.h"
#include "delivery/Turn.h"
#include "delivery/UnknownRemovals.h"
#include "store/Database.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bankfeed::delivery
{

/// Questions that no feed's watermark answers: whether the books have what the bank took back while
/// nobody knew of it (UnknownRemovals), what people took out of books that were restored
/// (ForgottenRemovals), whether such books know of a merge, and what they may take now that they
/// refused. Host thread only; no unit is open while the books are asked.
class OpenQuestions
{
public:
    /// All references outlive this object.
    OpenQuestions(
        store::Database& database, Ledger& ledger, Clock& clock, Random& random, Log& log);

    /// Forgets what was asked about other tenants. `tenants` is sorted.
    void keepOnly(const std::vector<std::string>& tenants);

    /// Asks what is due, within the turn's budget; books that do not answer are asked again in a
    /// later turn. `roundBegins`: a round over all feeds of the tenant. `rebuilt`: one was written
    /// anew since, so that rows may wait to be asked for. Errors: those of the store.
    [[nodiscard]] Result<void> ask(
        Turn& turn, const std::string& tenant, bool roundBegins, bool rebuilt);

private:
    struct Asked
    {
        std::optional<std::int64_t> freedAtNs; ///< Monotonic.
        std::int64_t generation = 0;           ///< Of the books' telling from the start.
    };

    [[nodiscard]] Result<void> askForFreed(Turn& turn, const std::string& tenant);
    [[nodiscard]] Result<void> askForUnknown(Turn& turn, const std::string& tenant);
    [[nodiscard]] Result<void> askForForgotten(Turn& turn, const std::string& tenant);
    [[nodiscard]] Result<void> noteForgottenMerges(const std::string& tenant);

    store::Database& database_;
    Clock& clock_;
    Random& random_;
    Log& log_;
    UnknownRemovals unknownRemovals_;
    ForgottenRemovals forgottenRemovals_;
    std::map<std::string, Asked> asked_; ///< By tenant.
};

} // namespace bankfeed::delivery
