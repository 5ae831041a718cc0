#include "Forgeries.h"

#include <stdexcept>

namespace bankfeed::testing
{

void Forger::renew()
{
    if (keyId.empty()) keyId = uuid();
    receivedAt = 1'767'225'600 + static_cast<std::int64_t>(below(100'000'000));
    issuedAt = receivedAt + 60 - static_cast<std::int64_t>(below(361)); // All of the window.
    body = "{\n  \"environment\": \"sandbox\",\n  \"item_id\": \"" + digits(37) +
           "\",\n  \"webhook_code\": \"SYNC_UPDATES_AVAILABLE\",\n  \"webhook_type\": "
           "\"TRANSACTIONS\"\n}";
}

ForgedRequest Forger::send(const std::string& sent, const std::string& sentBody)
{
    return {{{"Content-Type", "application/json"}, {"Plaid-Verification", sent}}, sentBody, ""};
}

ForgedRequest Forger::sendHeader(const std::string& json) const
{
    return send(token(key, json, claims()));
}

ForgedRequest Forger::sendClaims(const std::string& json) const
{
    return send(token(key, header(), json));
}

ForgedRequest Forger::sendSignature(const std::string& bytes) const
{
    return send(signedPart() + "." + base64Url(bytes));
}

ForgedRequest Forger::sendAnswer(const std::string& answer) const
{
    ForgedRequest request = send(genuine());
    request.keyAnswer = answer;
    return request;
}

std::string Forger::answerWith(std::string_view from, const std::string& to) const
{
    std::string answer = key.answer(keyId);
    const std::size_t at = answer.find(from);
    if (at == std::string::npos) throw std::logic_error("the answer holds no such text");
    return answer.replace(at, from.size(), to);
}

std::string Forger::signedPart() const
{
    return base64Url(header()) + "." + base64Url(claims());
}

std::string Forger::pick(std::initializer_list<const char*> texts)
{
    return *(texts.begin() + below(texts.size()));
}

std::string Forger::bytes(std::size_t size)
{
    std::string drawn(size, '\0');
    random.fill(drawn.data(), size);
    return drawn;
}

std::string Forger::digits(std::size_t size)
{
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string drawn;
    while (drawn.size() < size)
        drawn.push_back(alphabet[below(alphabet.size())]);
    return drawn;
}

/// At least one letter, so that its case can be changed.
std::string Forger::uuid()
{
    static constexpr std::string_view hex = "0123456789abcdef";
    std::string text = "a0000000-0000-4000-8000-000000000000";
    for (std::size_t i = 1; i < text.size(); ++i)
        if (text[i] != '-') text[i] = hex[below(hex.size())];
    return text;
}

} // namespace bankfeed::testing
