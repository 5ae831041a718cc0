#include "adapters/SystemRandom.h"

#include "base/Result.h"

#include <openssl/rand.h>

#include <limits>

namespace bankfeed::adapters
{

void SystemRandom::fill(void* bytes, std::size_t size)
{
    BF_ASSERT(size <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    const int done = RAND_priv_bytes(static_cast<unsigned char*>(bytes), static_cast<int>(size));
    BF_ASSERT(done == 1);
}

} // namespace bankfeed::adapters
