// What every host service does around its own work.
#pragma once

#include "plugins/HostSide.h"

#include <exception>

namespace ledgerd
{

inline HostSide& sideOf(const bf_host* host)
{
    return *static_cast<HostSide*>(host->ctx);
}

// Runs `work(HostSide&, std::string& text)`: no exception crosses, and the plugin may call only
// from inside a [host] call.
template <class Work>
bf_status hostService(const bf_host* host, bf_error* err, const char* name, Work&& work) noexcept
{
    try
    {
        HostSide& side = sideOf(host);
        if (!side.insideCall())
        {
            side.misbehaved(name);
            return answer(err, BF_E_INVALID,
                "This service may be called only from inside a call of the host.");
        }
        std::string text;
        try
        {
            return answer(err, work(side, text), text);
        }
        catch (const DatabaseError& e)
        {
            side.surroundings().log.error("books", std::string(name) + ": " + e.what());
            return e.kind() == DatabaseError::Kind::busy
                       ? answer(err, BF_E_RETRY, "The books are busy.")
                       : answer(err, BF_E_INTERNAL,
                             "The books cannot be written or read; the outcome is unknown.");
        }
        catch (const std::exception& e)
        {
            side.surroundings().log.error("books", std::string(name) + ": " + e.what());
        }
    }
    catch (...) // even the log failed
    {
    }
    return BF_E_INTERNAL;
}

inline bf_status put(const bf_sink* sink, std::string_view value)
{
    if (sink == nullptr || sink->write == nullptr) return BF_E_INVALID;
    return sink->write(sink->ctx, value.data(), value.size());
}

inline bf_status statusOf(const Failure& failure)
{
    switch (failure.kind)
    {
    case Failure::Kind::invalid: return BF_E_INVALID;
    case Failure::Kind::notFound: return BF_E_NOT_FOUND;
    case Failure::Kind::conflict: return BF_E_CONFLICT;
    case Failure::Kind::denied: return BF_E_DENIED;
    case Failure::Kind::busy: return BF_E_RETRY;
    }
    return BF_E_INTERNAL;
}

// The tables that live in LedgerServices.cpp.
extern const bf_host_ledger_accounts ledgerAccountsTable;
extern const bf_host_ledger_post ledgerPostTable;

} // namespace ledgerd
