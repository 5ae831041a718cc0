// OpenSSL's generator for private values, behind the port.
#pragma once

#include "base/Random.h"

namespace bankfeed::adapters
{

class SystemRandom final : public Random
{
public:
    void fill(void* bytes, std::size_t size) override;
};

} // namespace bankfeed::adapters
