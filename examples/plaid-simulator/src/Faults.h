// Misfortunes that are ordered through the control API.
#pragma once

#include "ExactJson.h"
#include "SeededRandom.h"

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
    sameCursor, // next_cursor repeats and has_more stays true
    endlessMore // has_more is always true
};

struct Fault
{
    std::uint64_t id = 0;
    FaultKind kind = FaultKind::error;
    std::string kindName;
    std::string endpoint; // "/item/get"; empty: any
    std::string itemId;   // empty: any
    int status = 400;
    Json body; // of an error, without request_id
    std::optional<std::string> retryAfter;
    std::string field; // of missing_field and wrong_type
    std::uint32_t page = 1;
    double seconds = 60;
    std::int64_t remaining = -1; // how often it still strikes; negative: always
    double probability = 1;

    bool answersInstead() const { return kind <= FaultKind::mutation; }
};

class Faults
{
public:
    explicit Faults(std::uint64_t seed) : random_(seed) {}

    // From a control request; answers the id. Throws std::invalid_argument.
    std::uint64_t add(const Json& spec);
    void clear() { faults_.clear(); }
    Json toJson() const;

    // The fault that strikes this call, if one does; counts it. `page` is the page of the sync loop
    // (0 for other calls).
    std::optional<Fault> strike(
        const std::string& endpoint, const std::string& itemId, std::uint32_t page);

private:
    SeededRandom random_;
    std::uint64_t nextId_ = 1;
    std::vector<Fault> faults_;
};

// What the faults that spoil content do to an answer's body.
void spoilAnswer(const Fault& fault, const std::string& requestCursor, Json& answer);

} // namespace plaidsim
