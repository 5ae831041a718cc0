// The system's clocks behind the port.
#pragma once

#include "base/Clock.h"

namespace bankfeed::adapters
{

class SystemClock final : public Clock
{
public:
    [[nodiscard]] UtcTime now() const override;
    [[nodiscard]] std::int64_t monoNs() const override;
};

} // namespace bankfeed::adapters
