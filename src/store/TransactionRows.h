// How rows of the mirror are read and written: the columns, once for all who ask for them.
#pragma once

#include "store/TransactionRepository.h"
#include "store/Unit.h"

#include <string>
#include <string_view>
#include <vector>

namespace bankfeed::store
{

/// With their types, as Unit::insertMany takes them.
[[nodiscard]] const std::vector<std::string>& transactionColumns();
/// Without the type.
[[nodiscard]] std::string nameOfColumn(const std::string& column);
/// In the order of transactionColumns().
[[nodiscard]] const std::string& transactionColumnNames();
/// "SELECT <all columns> FROM bank_transaction ".
[[nodiscard]] const std::string& selectTransactions();
/// What such a SELECT gives.
[[nodiscard]] std::vector<BankTransaction> transactionsOf(const Rows& rows);

/// What LIKE ... ESCAPE '!' takes for texts that hold this one.
[[nodiscard]] std::string holding(std::string_view text);

/// A list of texts as one parameter, so that the statement's text never varies.
[[nodiscard]] std::string jsonListOf(const std::vector<std::string>& texts);
/// The elements of such a list as the rows of a subquery; `parameter` is "$2".
[[nodiscard]] std::string elementsOf(const Unit& unit, std::string_view parameter);

} // namespace bankfeed::store
