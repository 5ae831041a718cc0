// Misfortunes that are ordered through the control API, or by a scenario.
#pragma once

#include "ExactJson.h"
#include "PlaidError.h"
#include "SeededRandom.h"
#include "VirtualClock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plaidsim
{

enum class FaultKind
{
    // instead of the endpoint's work
    error,
    rateLimit,
    http500,
    maintenance503,
    html502,
    empty504,
    hang,
    refuse,      // the connection is closed without a byte
    mutation,    // /transactions/sync only: at page `page` of a loop
    itemRemoved, // the Item is removed while the call is under way
                 // the endpoint does its work, its answer suffers
    lost,        // effect, then the connection breaks before any byte
    resetBody,   // reset in the middle of the body
    truncated,   // 200, Content-Length of the cut text
    wrongLength, // Content-Length says more than comes
    slowDrip,    // one byte a second
    late,        // whole, but after `seconds`
    chunked,
    gzip,
    byteOrderMark,
    missingField,
    wrongType,
    extraFields,
    unknownEnum,
    sameCursor,     // next_cursor repeats and has_more stays true
    endlessMore,    // has_more is always true
    lateChange,     // /transactions/sync: the bank's data change just before page `page`
    repeatedRow,    // /transactions/sync: a row of an earlier page comes again
    unknownRemoval, // /transactions/sync: `removed` names a row that never was
                    // a webhook is about to be sent
    webhookLost,    // it never arrives, and Plaid believes that it did
    webhookDoubled, // it is sent `times` times
    webhookLate,    // it is sent after `seconds`
    webhookHeld     // it is sent after the next one to the same address, or after `seconds`
};

// What is about to happen, for a fault to strike or to pass by.
struct FaultCall
{
    std::string endpoint;    // "/item/get"; empty: a webhook is to be sent
    std::string webhookType; // of a webhook
    std::string webhookCode;
    std::string itemId; // of the Item that it is about; empty: none is known
    std::string loginId;
    std::string institutionId;
    std::uint32_t page = 0; // of the sync loop, from 1; 0 for other calls

    bool webhook() const { return endpoint.empty(); }
};

struct Fault
{
    std::uint64_t id = 0;
    FaultKind kind = FaultKind::error;
    std::string kindName;

    // What it strikes; empty, or 0 for the page: any.
    FaultCall scope;

    // When it strikes.
    std::int64_t after = 0;      // fitting calls that it lets pass first
    std::int64_t remaining = -1; // how often it still strikes; negative: always
    double probability = 1;
    Nanos from = 0; // on the virtual clock
    std::optional<Nanos> until;
    SeededRandom random{0}; // its own, so that other traffic does not change what it does
    std::uint64_t struck = 0;

    // What it does.
    int status = 400;
    Json body; // of an error, without request_id; null: by the endpoint
    std::optional<std::string> retryAfter;
    std::string field; // of missing_field and wrong_type: a name, or a JSON pointer
    double seconds = 60;
    std::int64_t times = 2;

    bool answersInstead() const { return kind <= FaultKind::itemRemoved; }
    bool ofWebhooks() const { return kind >= FaultKind::webhookLost; }
};

class Faults
{
public:
    explicit Faults(std::uint64_t seed) : seed_(seed) {}

    // From a control request or a scenario, at the clock's `now`; answers the id. Throws
    // std::invalid_argument, with a sentence that names what is wrong.
    std::uint64_t add(const Json& spec, Nanos now);
    void clear() { faults_.clear(); }

    // Takes one away; false when there is none with this id.
    bool remove(std::uint64_t id);
    Json toJson() const;

    // The fault that strikes this call, if one does; counts it. The first ordered comes first.
    std::optional<Fault> strike(const FaultCall& call, Nanos now);

private:
    std::uint64_t seed_;
    std::uint64_t nextId_ = 1;
    std::vector<Fault> faults_;
};

// A fault from its description. Throws std::invalid_argument.
Fault readFault(const Json& spec, Nanos now, std::uint64_t seed);

// The 429 of this endpoint, or with this code.
Json rateLimitBody(const std::string& endpoint, const std::string& code = "");

// The error of a code, with Plaid's type and status. Throws std::invalid_argument for a code that
// is not known.
PlaidError errorOf(const std::string& code, const char* message);
bool isErrorCode(const std::string& code);

// What the faults that spoil content do to an answer's body.
void spoilAnswer(const Fault& fault, const std::string& requestCursor, Json& answer);

} // namespace plaidsim
