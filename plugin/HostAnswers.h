// What the host says and writes, checked where it enters.
#pragma once

#include "base/Result.h"

#include "bankfeed/abi.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace bankfeed::plugin
{

/// The sink of every text and secret that the host writes. Bounded, and wiped at its end.
class HostText
{
public:
    explicit HostText(std::size_t most) : most_(most) {}
    ~HostText();
    HostText(const HostText&) = delete;
    HostText& operator=(const HostText&) = delete;

    /// To be given to the host. What does not fit is refused with BF_E_EXHAUSTED.
    [[nodiscard]] const bf_sink* sink() { return &sink_; }

    [[nodiscard]] const std::string& bytes() const { return bytes_; }

    /// The host wrote more than fits; the bytes are not whole.
    [[nodiscard]] bool tooLong() const { return tooLong_; }

    /// What keeps the bytes from being a text, "is not UTF-8"; nullptr when nothing does.
    [[nodiscard]] const char* fault() const;

private:
    static bf_status write(void* ctx, const void* data, std::uint64_t size) noexcept;

    std::string bytes_;
    std::size_t most_;
    bool tooLong_ = false;
    bf_sink sink_{this, write};
};

/// What keeps bytes from being a text of one line as the specification has it; nullptr when nothing
/// does.
[[nodiscard]] const char* faultOfText(std::string_view bytes) noexcept;

/// bf_error with its size.
[[nodiscard]] bf_error newError();

/// A status of the host as an error: "The host could not " + what, the status, and its own words.
[[nodiscard]] Error hostError(bf_status status, const bf_error& error, const std::string& what);

} // namespace bankfeed::plugin
