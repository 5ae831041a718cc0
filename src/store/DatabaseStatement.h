// What the statements of both engines share. The one header with Poco in it: only the
// Database*.cpp files include it.
//
// The engines' own statements of Poco are not used. That of SQLite prepares the SQL again at every
// execution. That of PostgreSQL takes four round trips, and frees a result twice when an execution
// fails that is not its first. So the store brings two implementations of Poco::Data::StatementImpl
// that stay prepared.
#pragma once

#include "store/Unit.h"

#include <Poco/Data/SessionImpl.h>
#include <Poco/Data/Statement.h>
#include <Poco/Data/StatementImpl.h>
#include <Poco/Exception.h>

#include <list>
#include <map>
#include <string>
#include <utility>

namespace bankfeed::store
{

/// The rows that go in: one row at each execution step, read by the statement of the engine.
class RowsIn
{
public:
    /// Says what to bind next: rows of `columns` values, or one row of none. The cells must outlive
    /// the execution.
    void aim(const std::vector<Value>& cells, std::size_t columns)
    {
        cells_ = &cells;
        columns_ = columns;
        rows_ = columns == 0 ? 1 : cells.size() / columns;
        next_ = 0;
    }

    /// The value of a column of the row that is bound now.
    [[nodiscard]] const Value& cell(std::size_t column) const
    {
        return (*cells_)[(next_ - 1) * columns_ + column];
    }

    [[nodiscard]] std::size_t columns() const { return columns_; }
    [[nodiscard]] bool more() const { return next_ < rows_; }
    void advance() { ++next_; }

private:
    const std::vector<Value>* cells_ = nullptr;
    std::size_t columns_ = 0;
    std::size_t rows_ = 0;
    std::size_t next_ = 0;
};

/// The rows that come out.
class RowsOut
{
public:
    void aim()
    {
        cells_.clear();
        columns_ = 0;
        rows_ = 0;
    }

    /// Begins a row. Throws StatementFailed when there are more than a query may give.
    void begin(std::size_t columns);
    void add(Value value) { cells_.push_back(std::move(value)); }

    [[nodiscard]] Rows take() { return {columns_, std::move(cells_)}; }

private:
    std::vector<Value> cells_;
    std::size_t columns_ = 0;
    std::size_t rows_ = 0;
};

/// A statement whose rows go in and out as values; it registers no bindings and extractions of
/// Poco's.
class RowStatement : public Poco::Data::StatementImpl
{
public:
    using StatementImpl::StatementImpl;

    RowsIn in;
    RowsOut out;

protected:
    bool canBind() const override { return in.more(); }
    bool canCompile() const override { return false; }
    std::size_t columnsReturned() const override { return 0; }
    int affectedRowCount() const override { return 0; }
    const Poco::Data::MetaColumn& metaColumn(std::size_t) const override;
    Poco::Data::AbstractExtraction::ExtractorPtr extractor() override { return nullptr; }
    Poco::Data::AbstractBinding::BinderPtr binder() override { return nullptr; }
};

/// Thrown for a column that is neither an integer nor a text.
[[nodiscard]] StatementFailed oddColumn();

/// Thrown when Poco::Data refuses to execute a statement that the engine never saw.
[[nodiscard]] StatementFailed refusedByPoco();

/// The statements of one session that stay prepared, the latest used first.
template <class Implementation>
class PreparedStatements
{
public:
    static constexpr std::size_t keptMax = 128;

    struct Kept
    {
        template <class... Parts>
        explicit Kept(Parts&&... parts)
            : implementation(new Implementation(std::forward<Parts>(parts)...)),
              statement(Poco::Data::StatementImpl::Ptr(implementation))
        {
        }
        /// Runs it with rows of `columns` values, at least one. Throws StatementFailed.
        Rows run(const std::vector<Value>& cells, std::size_t columns)
        {
            implementation->in.aim(cells, columns);
            implementation->out.aim();
            try
            {
                statement.execute();
            }
            catch (const Poco::Exception&)
            {
                throw refusedByPoco();
            }
            implementation->rest();
            return implementation->out.take();
        }

        Implementation* implementation; ///< Owned by `statement`.
        Poco::Data::Statement statement;
    };

    /// The statement of this SQL; made from `parts` when it is not here yet.
    template <class... Parts>
    Kept& of(const std::string& sql, Parts&&... parts)
    {
        const auto found = bySql_.find(sql);
        if (found != bySql_.end())
        {
            kept_.splice(kept_.begin(), kept_, found->second);
            return found->second->second;
        }
        if (kept_.size() == keptMax)
        {
            bySql_.erase(kept_.back().first);
            kept_.pop_back();
        }
        kept_.emplace_front(std::piecewise_construct, std::forward_as_tuple(sql),
            std::forward_as_tuple(std::forward<Parts>(parts)...));
        bySql_.emplace(sql, kept_.begin());
        kept_.front().second.statement << sql;
        return kept_.front().second;
    }

    void clear()
    {
        bySql_.clear();
        kept_.clear();
    }

private:
    using List = std::list<std::pair<std::string, Kept>>;
    List kept_;
    std::map<std::string, typename List::iterator, std::less<>> bySql_;
};

} // namespace bankfeed::store
