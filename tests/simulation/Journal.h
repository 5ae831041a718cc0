// What happened in a life, line by line: for whoever replays a seed.
#pragma once

#include "base/Time.h"

#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bankfeed::simulation
{

/// Something is not as it must be. The text says what.
class Broken : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

class Journal
{
public:
    explicit Journal(bool aloud) : aloud_(aloud) {}

    void tell(UtcTime now, const std::string& line)
    {
        // FNV-1a: two runs of one seed must tell the same.
        for (const char c : line)
            hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
        ++lines_;
        if (aloud_) std::cout << now.ns / nsPerMs << " " << line << std::endl;
    }

    /// Something is broken, seen where an exception would be swallowed. The life ends at its next
    /// look.
    void broken(std::string what) { violations.push_back(std::move(what)); }
    std::vector<std::string> violations;

    [[nodiscard]] std::uint64_t hash() const { return hash_; }
    [[nodiscard]] std::size_t lines() const { return lines_; }

private:
    bool aloud_;
    std::uint64_t hash_ = 0xCBF29CE484222325ULL;
    std::size_t lines_ = 0;
};

} // namespace bankfeed::simulation
