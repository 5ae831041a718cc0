// Result<T>: either a value or an Error. Expected outcomes travel this way; exceptions are for
// broken invariants.
#pragma once

#include "base/Error.h"

#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace bankfeed
{

/// Thrown by BF_ASSERT and by reading the wrong side of a Result: a programmer's error, never an
/// expected outcome. It is caught at the boundary of a job or a call, which puts the connection on
/// hold and leaves the host alive.
class BrokenInvariant : public std::logic_error
{
public:
    using std::logic_error::logic_error;
};

/// Either a value or an Error.
template <class T>
class [[nodiscard]] Result
{
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    /// The value. Throws BrokenInvariant when this is an error.
    [[nodiscard]] T& value() &
    {
        check();
        return std::get<0>(state_);
    }
    [[nodiscard]] const T& value() const&
    {
        check();
        return std::get<0>(state_);
    }
    [[nodiscard]] T&& value() &&
    {
        check();
        return std::get<0>(std::move(state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    /// The error. Throws BrokenInvariant when this is a value.
    [[nodiscard]] const Error& error() const
    {
        if (ok()) throw BrokenInvariant("error() of a Result that holds a value");
        return std::get<1>(state_);
    }

private:
    void check() const
    {
        if (!ok())
            throw BrokenInvariant(
                "value() of a Result that holds an error: " + std::get<1>(state_).text);
    }

    std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void>
{
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return ok(); }

    [[nodiscard]] const Error& error() const
    {
        if (ok()) throw BrokenInvariant("error() of a Result that holds success");
        return *error_;
    }

private:
    std::optional<Error> error_;
};

inline Result<void> success()
{
    return {};
}

} // namespace bankfeed

#define BF_STRING_OF(x) #x
#define BF_LINE_STRING(x) BF_STRING_OF(x)

/// Stays on in release builds. Throws before anything is written.
#define BF_ASSERT(condition)                                                                       \
    do                                                                                             \
    {                                                                                              \
        if (!(condition))                                                                          \
            throw ::bankfeed::BrokenInvariant(                                                     \
                __FILE__ ":" BF_LINE_STRING(__LINE__) ": " #condition);                            \
    } while (false)

#define BF_JOIN2(a, b) a##b
#define BF_JOIN(a, b) BF_JOIN2(a, b)

/// Leaves the function with the error when the expression gives one.
#define BF_TRY(expression)                                                                         \
    do                                                                                             \
    {                                                                                              \
        if (auto bf_result = (expression); !bf_result.ok()) return bf_result.error();              \
    } while (false)

/// Declares `name` as the value of the expression, or leaves the function with the error.
#define BF_LET(name, expression)                                                                   \
    auto BF_JOIN(bf_let_, __LINE__) = (expression);                                                \
    if (!BF_JOIN(bf_let_, __LINE__).ok()) return BF_JOIN(bf_let_, __LINE__).error();               \
    auto name = std::move(BF_JOIN(bf_let_, __LINE__)).value()
