// Statements made up by rule.
#pragma once

#include "BankTruth.h"
#include "ExactJson.h"

#include <vector>

namespace plaidsim
{

// Rows for {"days": 1..3650, "per_day": 0..1000, "seed"?: N, "profile"?, "odd"?: bool}, the newest
// on `today` or shortly before, oldest first. The same rule gives the same rows relative to
// `today`. Profile "household" (default): purchases, refunds and a salary; "savings": a weekly
// transfer in, interest and now and then a transfer out, whatever per_day says. With "odd" there
// are also over-precise amounts, exponents, long and foreign names, and rows that look alike.
// Throws std::invalid_argument.
std::vector<BankTransaction> generateHistory(const Json& rule, Day today);

} // namespace plaidsim
