#include "store/DatabaseStatement.h"

#include "store/Session.h"

namespace bankfeed::store
{

void RowsOut::begin(std::size_t columns)
{
    if (rows_ == rowsPerQuery)
    {
        throw StatementFailed(
            Error::exhausted("store.too_many_rows", "A query gave more rows than it may."), false);
    }
    columns_ = columns;
    ++rows_;
}

const Poco::Data::MetaColumn& RowStatement::metaColumn(std::size_t) const
{
    // Only Poco's own extractions ask for it.
    throw BrokenInvariant("metaColumn of a RowStatement");
}

StatementFailed oddColumn()
{
    return {Error::internal("store.column_type",
                "A query gave a column that is neither an integer nor a text; cast it."),
        false};
}

StatementFailed refusedByPoco()
{
    return {Error::internal("store.statement", "Poco::Data refused a statement."), false};
}

} // namespace bankfeed::store
