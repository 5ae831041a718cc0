// A database in which a bank was synced before the plugin starts, so that there is something to
// deliver.
#pragma once

#include "support/FakeHost.h"

namespace bankfeed::testing
{

/// Puts two linked bank accounts of the tenant "main" into the host's data folder, "checking" for
/// Assets:checking and "savings" for Assets:savings, each with `rows` changes to deliver.
void seedFeeds(FakeHost& host, int rows);

} // namespace bankfeed::testing
