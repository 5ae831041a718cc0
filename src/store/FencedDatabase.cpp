#include "store/FencedDatabase.h"

#include "store/TenantErasureRepository.h"

#include <utility>

namespace bankfeed::store
{

namespace
{

thread_local const FencedDatabase::Request* current = nullptr;

} // namespace

FencedDatabase::Request::Request(std::string tenant, UtcTime began)
    : tenant_(std::move(tenant)), began_(began)
{
    BF_ASSERT(current == nullptr);
    current = this;
}

FencedDatabase::Request::~Request()
{
    current = nullptr;
}

Result<void> FencedDatabase::runUnit(Mode mode, const std::function<Result<void>(Unit&)>& attempt)
{
    if (mode == Mode::Read) return inner_.read(attempt);
    const auto fenced = [&](Unit& unit) -> Result<void>
    {
        if (current != nullptr &&
            TenantErasureRepository(unit, current->tenant_).erasedSince(current->began_))
            return Error::conflict("tenant.erasing", "The data of this tenant is being deleted.");
        return attempt(unit);
    };
    return mode == Mode::WriteFirst ? inner_.writeFirst(fenced) : inner_.write(fenced);
}

} // namespace bankfeed::store
