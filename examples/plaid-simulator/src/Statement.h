// What banks do to the rows of a statement, beyond adding, changing and removing one.
#pragma once

#include "BankTruth.h"

#include <optional>
#include <string>

namespace plaidsim
{

// How a pending row becomes a posted one.
struct Posting
{
    Day date{};                    // of the posted row
    std::optional<Decimal> amount; // where it differs: a tip, a fuel hold
    std::optional<std::string> name;
    std::string newId;       // the bank's id of the posted row; empty: one of its own
    bool matched = true;     // false: the wire does not say which pending row it was
    bool splitPages = false; // the removal and the new row come on different pages
};

// Each answers the bank's id of the new row, and throws std::invalid_argument, with a sentence,
// when there is no such row.

// Throws as well when the row is not pending.
std::string postPending(
    BankTruth& truth, BankAccount& account, const std::string& rowId, const Posting& posting);

// The same row under a new id.
std::string churnRow(BankTruth& truth, BankAccount& account, const std::string& rowId);

} // namespace plaidsim
