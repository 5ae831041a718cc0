// The opaque place of a client in an Item's update log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace plaidsim
{

struct Cursor
{
    std::string itemId;
    std::string stream;          // an account id, or empty for the whole Item
    std::uint64_t sequence = 0;  // the last update delivered
    std::uint64_t loopStart = 0; // where the open loop began
    std::uint64_t loopEnd = 0;   // the head when it began; 0 when no loop is open
    std::uint32_t page = 0;      // pages delivered in the open loop

    bool inLoop() const { return loopEnd != 0; }

    // Base64, at most 256 characters, with a checksum.
    std::string encode() const;

    // Nothing for anything encode() has not made.
    static std::optional<Cursor> decode(const std::string& text);
};

} // namespace plaidsim
