#include "plaid/SentSecrets.h"

#include "plaid/ErrorCatalogue.h"

#include <algorithm>

namespace bankfeed::plaid
{

namespace
{

constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Codes come with '_' where a token has '-'.
bool same(char a, char b)
{
    return lower(a == '_' ? '-' : a) == lower(b == '_' ? '-' : b);
}

bool contains(std::string_view text, std::string_view part)
{
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

} // namespace

bool SentSecrets::showIn(std::string_view text) const
{
    for (const Secret& secret : secrets_)
    {
        const std::string_view bytes = secret.reveal();
        if (bytes.empty()) continue;
        const std::size_t length = std::min(commonLeast, bytes.size());
        for (std::size_t at = 0; at + length <= bytes.size(); ++at)
            if (contains(text, bytes.substr(at, length))) return true;
    }
    return false;
}

void SentSecrets::keepOutOf(Error& error) const
{
    if (showIn(error.providerRequestId)) error.providerRequestId = unreadable;
    if (error.code != unlistedCode || !showIn(error.providerCode)) return;
    error.providerCode = unreadable;
    error.text = unlistedText(error.providerCode);
}

} // namespace bankfeed::plaid
