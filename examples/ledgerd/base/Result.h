// What an operation gives back: a value, or the reason why there is none, in words for people.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace ledgerd
{

struct Failure
{
    enum class Kind
    {
        invalid,  // the input breaks a rule
        notFound, // no such thing, or not in this tenant
        conflict, // it exists with other content
        denied,   // not permitted
        busy,     // not now
    };

    Kind kind = Kind::invalid;
    std::string text; // one sentence, without secrets
};

inline Failure invalid(std::string text)
{
    return {Failure::Kind::invalid, std::move(text)};
}
inline Failure notFound(std::string text)
{
    return {Failure::Kind::notFound, std::move(text)};
}
inline Failure conflict(std::string text)
{
    return {Failure::Kind::conflict, std::move(text)};
}
inline Failure denied(std::string text)
{
    return {Failure::Kind::denied, std::move(text)};
}
inline Failure busy(std::string text)
{
    return {Failure::Kind::busy, std::move(text)};
}

// Expected outcomes are values; exceptions are left for what nobody expects (a full disk).
template <class T>
class [[nodiscard]] Result
{
public:
    Result(T value) : state_(std::move(value)) {}
    Result(Failure failure) : state_(std::move(failure)) {}

    bool ok() const { return std::holds_alternative<T>(state_); }
    explicit operator bool() const { return ok(); }

    // Asking for the value of a failure, or the other way round, is a fault of the caller: it
    // throws.
    T& value() { return std::get<T>(state_); }
    const T& value() const { return std::get<T>(state_); }
    const Failure& failure() const { return std::get<Failure>(state_); }

    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

private:
    std::variant<T, Failure> state_;
};

struct Nothing
{
};
using Done = Result<Nothing>;
inline Done done()
{
    return Nothing{};
}

} // namespace ledgerd
