// The only place where a transaction begins and ends. Internal to the store.
#pragma once

#include "store/Session.h"
#include "store/Sessions.h"

#include <functional>
#include <optional>

namespace bankfeed::store
{

/// One transaction on one session, on one thread.
///
/// The state of the transaction is asked of the engine itself, before and after COMMIT. Any
/// statement error poisons the unit: whatever the body then says, the unit is rolled back and the
/// session is thrown away. A COMMIT whose answer was not seen is Unknown.
class UnitOfWork final : public Unit
{
public:
    enum class Kind : std::uint8_t
    {
        Read,
        Write,
    };
    using Body = std::function<Result<void>(Unit&)>;

    UnitOfWork(Session& session, Kind kind) : session_(session), kind_(kind) {}
    UnitOfWork(const UnitOfWork&) = delete;
    UnitOfWork& operator=(const UnitOfWork&) = delete;
    ~UnitOfWork() override;

    /// Begins, runs the body, and commits when it succeeded. What the body throws, other than
    /// StatementFailed, passes through after the rollback.
    [[nodiscard]] Result<void> run(const Body& body);

    /// After run: true when the failure is one that another run may not meet again.
    [[nodiscard]] bool mayRunAgain() const { return again_; }

    /// After run: true when the engine says that the session is idle and nothing went wrong on it.
    [[nodiscard]] bool sessionSound() noexcept;

    using Unit::execute;
    using Unit::query;
    Rows query(std::string_view sql, const std::vector<Value>& parameters) override;
    std::int64_t execute(std::string_view sql, const std::vector<Value>& parameters) override;
    std::int64_t insertMany(std::string_view table, const std::vector<std::string>& columns,
        const std::vector<Value>& cells, std::string_view tail) override;
    [[nodiscard]] Engine engine() const override { return session_.engine(); }

private:
    template <class Call>
    auto guarded(Call&& call) -> decltype(call());
    void poison(const Error& error, bool again);
    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> commit();
    [[nodiscard]] Result<void> judge(const ControlAnswer& answer);
    void rollBack() noexcept;

    Session& session_;
    Kind kind_;
    std::optional<Error> poison_; ///< The first statement error.
    bool again_ = false;
    bool sessionSpoiled_ = false;
};

/// At most this often is a unit run when the engine asks to run it again, and when it met a row
/// that another unit may just have made.
inline constexpr int runsPerUnit = 5;
inline constexpr int runsPerConflict = 3;

/// Runs a unit on one of the sessions, again where that helps. Throws BrokenInvariant when the
/// thread is inside a unit already.
[[nodiscard]] Result<void> runUnitOn(
    Sessions& sessions, Turn turn, UnitOfWork::Kind kind, const UnitOfWork::Body& body);

/// True while the calling thread is inside a unit.
[[nodiscard]] bool threadInsideUnit() noexcept;

} // namespace bankfeed::store
