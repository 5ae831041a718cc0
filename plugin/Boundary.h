// The only place where C++ failures become statuses of the ABI. Every function of every table runs
// its body in here.
#pragma once

#include "base/Result.h"

#include "bankfeed/abi.h"

#include <exception>
#include <new>
#include <string_view>

namespace bankfeed::plugin
{

/// The status of the ABI that an error becomes.
[[nodiscard]] bf_status statusOf(const Error& error) noexcept;

/// Writes an error for the host: its text without secrets, cut at a character. Returns the status.
bf_status report(bf_error* out, const Error& error) noexcept;

/// Writes an error from its parts.
bf_status report(
    bf_error* out, bf_status status, std::string_view text, bool retryable = false) noexcept;

/// True for an id as the specification has it: 1 to BF_ID_MAX bytes of UTF-8
/// without control bytes.
[[nodiscard]] bool isId(const char* id) noexcept;

/// Runs `body`, which returns bf_status or Result<void>, and lets nothing out.
template <class Body>
bf_status guarded(bf_error* out, Body&& body) noexcept
{
    try
    {
        if constexpr (std::is_same_v<decltype(body()), bf_status>)
        {
            return body();
        }
        else
        {
            auto result = body();
            return result.ok() ? BF_OK : report(out, result.error());
        }
    }
    catch (const std::bad_alloc&)
    {
        return report(
            out, BF_E_EXHAUSTED, "Out of memory; try again when other work is done.", true);
    }
    catch (const std::exception& failure)
    {
        return report(out, BF_E_INTERNAL, failure.what());
    }
    catch (...)
    {
        return report(out, BF_E_INTERNAL, "An unknown exception reached the boundary.");
    }
}

} // namespace bankfeed::plugin
