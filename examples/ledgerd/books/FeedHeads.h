// Watermarks and heads: what the books remember of each feed and of each bank transaction.
#pragma once

#include "books/Database.h"

#include <array>
#include <bankfeed/ext/ledger-post.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ledgerd::feed
{

struct Watermark
{
    std::uint64_t epoch = 0;
    std::uint64_t lastSeq = 0;
    std::string chainDigest; // 64 hex digits
};

// The latest change of one bank transaction.
struct Head
{
    std::uint32_t revision = 0;
    std::string contentDigest; // 64 hex digits
    std::int64_t account = 0;
    std::int64_t units = 0; // of the bank's leg, over all entries of the root key
    std::string bookedOn;
    std::string description;
    std::int64_t lastEntry = 0;
    std::string state = "in_books"; // or "reconciled", "removed"
};

using Heads = std::map<std::string, Head>; // by root key

// A bank transaction as its latest change left it.
struct Listed
{
    std::string rootKey;
    Head head; // `units` are those of the latest change, also when a person removed the entry
    std::string kind;
    std::string originalDescription;
    std::string currency;
    std::uint32_t exponent = 0;
};

bool tenantExists(Unit& unit, const std::string& tenant);

std::optional<Watermark> readWatermark(
    Unit& unit, const std::string& tenant, const std::string& feedId);
void writeWatermark(
    Unit& unit, const std::string& tenant, const std::string& feedId, const Watermark& watermark);

// The heads that exist among `rootKeys`, which are ids.
Heads readHeads(Unit& unit, const std::string& tenant, const std::vector<std::string>& rootKeys);
void writeHeads(Unit& unit, const std::string& tenant, const Heads& heads);

// What a feed brought into the books, behind the root key `after`, by root key, at most `count`.
std::vector<Listed> listEntries(Unit& unit, const std::string& tenant, const std::string& feedId,
    const std::string& after, std::uint32_t count);

} // namespace ledgerd::feed
