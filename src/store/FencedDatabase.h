// A database that refuses what a person's request would write behind the erasure of their tenant.
#pragma once

#include "base/Time.h"
#include "store/Database.h"

#include <string>

namespace bankfeed::store
{

/// The same units on the same sessions. Within a Request of the calling thread every unit that may
/// write first looks whether the request's tenant is being erased, or was since the request began:
/// then it is refused, Conflict "tenant.erasing". Without a Request, as in a job, nothing is asked.
class FencedDatabase final : public Database
{
public:
    /// `inner` must outlive this object.
    explicit FencedDatabase(Database& inner) : inner_(inner) {}

    /// What the calling thread does from now on, and until this object ends, is for this tenant.
    /// One at a time on a thread.
    class Request
    {
    public:
        Request(std::string tenant, UtcTime began);
        ~Request();
        Request(const Request&) = delete;
        Request& operator=(const Request&) = delete;

    private:
        friend class FencedDatabase;
        std::string tenant_;
        UtcTime began_;
    };

    [[nodiscard]] Engine engine() const override { return inner_.engine(); }
    void close() override { inner_.close(); }

protected:
    Result<void> runUnit(Mode mode, const std::function<Result<void>(Unit&)>& attempt) override;

private:
    Database& inner_;
};

} // namespace bankfeed::store
