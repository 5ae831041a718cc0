// How rows of values go into a Poco::Data statement. The one header with Poco in it: only the
// Database*.cpp files include it.
#pragma once

#include "store/Unit.h"

#include <Poco/Data/AbstractBinder.h>
#include <Poco/Data/AbstractBinding.h>
#include <Poco/Data/AbstractExtraction.h>

namespace bankfeed::store
{

/// Binds whole rows of values, one row at each call of bind: one object for a statement instead of
/// one for each parameter, and NULL, integers and texts in one row.
class RowBinding final : public Poco::Data::AbstractBinding
{
public:
    /// Says what to bind next: rows of `columns` values. The cells must outlive the execution.
    void aim(const std::vector<Value>& cells, std::size_t columns)
    {
        cells_ = &cells;
        columns_ = columns;
        rows_ = columns == 0 ? 1 : cells.size() / columns;
        next_ = 0;
    }

    std::size_t numOfColumnsHandled() const override { return columns_; }
    std::size_t numOfRowsHandled() const override { return rows_; }
    bool canBind() const override { return next_ < rows_; }
    void reset() override { next_ = 0; }

    void bind(std::size_t position) override
    {
        Poco::Data::AbstractBinder& binder = *getBinder();
        for (std::size_t i = 0; i < columns_; ++i)
        {
            const Value& cell = (*cells_)[next_ * columns_ + i];
            if (const std::int64_t* number = cell.number())
                binder.bind(position + i, *number);
            else if (const std::string* text = cell.text())
                binder.bind(position + i, *text);
            else
                binder.bind(position + i, Poco::NULL_GENERIC);
        }
        ++next_;
    }

private:
    const std::vector<Value>* cells_ = nullptr;
    std::size_t columns_ = 0;
    std::size_t rows_ = 0;
    std::size_t next_ = 0;
};

/// What both engines' ways of reading rows share. The engines differ in `extract`.
class RowExtraction : public Poco::Data::AbstractExtraction
{
public:
    void aim()
    {
        cells_.clear();
        columns_ = 0;
        rows_ = 0;
    }
    [[nodiscard]] Rows takeRows() { return {columns_, std::move(cells_)}; }

    std::size_t numOfColumnsHandled() const override { return columns_; }
    std::size_t numOfRowsHandled() const override { return rows_; }
    std::size_t numOfRowsAllowed() const override { return getLimit(); }
    bool isNull(std::size_t) const override { return false; }
    Poco::Data::AbstractPreparation::Ptr createPreparation(PreparatorPtr&, std::size_t) override
    {
        return nullptr;
    }

protected:
    std::vector<Value> cells_;
    std::size_t columns_ = 0;
    std::size_t rows_ = 0;
};

/// Thrown by extractions when an answer has more than rowsPerQuery rows.
[[nodiscard]] inline StatementFailed tooManyRows()
{
    return {Error::exhausted("store.too_many_rows", "A query gave more rows than it may."), false};
}

/// Thrown by extractions for a type that is neither an integer nor a text.
[[nodiscard]] inline StatementFailed oddColumn()
{
    return {Error::internal("store.column_type",
                "A query gave a column that is neither an integer nor a text; cast it."),
        false};
}

} // namespace bankfeed::store
