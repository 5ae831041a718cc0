// Rows that come after their account was linked and are from before its start date.
#pragma once

#include "base/Random.h"
#include "base/Time.h"
#include "store/ConnectionRepository.h"
#include "store/LinkedAccountRepository.h"
#include "store/Unit.h"
#include "sync/RowApply.h"

#include <string>
#include <vector>

namespace bankfeed::sync
{

/// Opens the notice rows_before_start, or brings it up to date, for each account whose link found
/// rows of these too old that it sees for the first time; `now` is what they were written with.
/// Only once the history is complete: before that, old rows are what is expected. Not where an
/// opening balance holds what is from before the start date. A person clears it, or its link's end.
void noteEarlyRows(store::Unit& unit, const std::string& tenant,
    const store::Connection& connection, const std::vector<store::LinkedAccount>& accounts,
    const std::vector<IncomingRow>& incoming, Random& random, UtcTime now);

} // namespace bankfeed::sync
