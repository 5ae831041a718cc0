#include "base/Ids.h"

#include <array>
#include <cstdint>

namespace bankfeed
{

std::string newId(Random& random, std::string_view prefix)
{
    static constexpr char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    std::array<std::uint8_t, 16> bytes{};
    random.fill(bytes.data(), bytes.size());
    std::string id(prefix);
    id.push_back('_');
    std::uint32_t bits = 0;
    unsigned have = 0;
    for (const std::uint8_t byte : bytes)
    {
        bits = (bits << 8U) | byte;
        have += 8;
        while (have >= 5)
        {
            have -= 5;
            id.push_back(alphabet[(bits >> have) & 0x1FU]);
        }
    }
    if (have > 0) id.push_back(alphabet[(bits << (5U - have)) & 0x1FU]);
    return id;
}

} // namespace bankfeed
