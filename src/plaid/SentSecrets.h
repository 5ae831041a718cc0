// The secrets that one request carried, and what of its answer may not be passed on because of
// them.
#pragma once

#include "base/Error.h"
#include "base/Secret.h"

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace bankfeed::plaid
{

/// An answer may say again what it was asked: a fault of Plaid's, or somebody between. What an
/// error quotes of it is stored, logged and shown, so nothing of a secret may stand there.
class SentSecrets
{
public:
    explicit SentSecrets(std::vector<Secret> secrets) : secrets_(std::move(secrets)) {}

    /// Whether `text` and one of the secrets have `commonLeast` characters in a row in common,
    /// whatever their case; of a shorter secret, whether the text has the whole of it.
    [[nodiscard]] bool showIn(std::string_view text) const;

    /// Puts "UNREADABLE" for the provider's code and request id where a secret shows in them. A
    /// code of the catalogue stays: its text is our own.
    void keepOutOf(Error& error) const;

    static constexpr std::size_t commonLeast = 8;

private:
    std::vector<Secret> secrets_;
};

} // namespace bankfeed::plaid
