// A value that must not be seen: access tokens, the client secret, keys, Link tokens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bankfeed
{

/// Holds secret bytes and wipes them. It has no conversion, no stream operator and no comparison
/// but `equals`, so that it cannot end up in a log by accident. Copies wipe themselves too.
class Secret
{
public:
    Secret() = default;
    explicit Secret(std::string_view bytes);
    Secret(const Secret& other);
    Secret(Secret&& other) noexcept;
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    /// The bytes, for the one place that needs them: a request, a cipher. Do not copy them into a
    /// std::string.
    [[nodiscard]] std::string_view reveal() const noexcept { return bytes_; }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

    /// Constant-time comparison; the length may show.
    [[nodiscard]] bool equals(const Secret& other) const noexcept;

private:
    void wipe() noexcept;
    std::string bytes_;
};

/// Wipes the content of a string that held a secret for a moment.
void wipe(std::string& bytes) noexcept;

} // namespace bankfeed
