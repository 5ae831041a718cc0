#include "Base64.h"

#include <openssl/evp.h>

#include <vector>

namespace plaidsim
{

namespace
{

const unsigned char* bytesOf(const std::string& text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

std::string base64(const std::string& bytes)
{
    std::vector<unsigned char> out((bytes.size() + 2) / 3 * 4 + 1);
    const int length = EVP_EncodeBlock(out.data(), bytesOf(bytes), static_cast<int>(bytes.size()));
    return {out.begin(), out.begin() + length};
}

std::optional<std::string> fromBase64(const std::string& text)
{
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    std::vector<unsigned char> out(text.size() / 4 * 3 + 1);
    const int length = EVP_DecodeBlock(out.data(), bytesOf(text), static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    std::string bytes(out.begin(), out.begin() + length);
    for (std::size_t i = text.size(); i > text.size() - 2 && text[i - 1] == '='; --i)
        bytes.pop_back();
    return bytes;
}

std::string base64Url(const std::string& bytes)
{
    std::string text = base64(bytes);
    while (!text.empty() && text.back() == '=')
        text.pop_back();
    for (char& c : text)
    {
        if (c == '+') c = '-';
        if (c == '/') c = '_';
    }
    return text;
}

std::string sha256(const std::string& bytes)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr);
    return {digest, digest + length};
}

std::string hexText(const std::string& bytes)
{
    std::string text;
    for (const char c : bytes)
    {
        const auto byte = static_cast<unsigned char>(c);
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

} // namespace plaidsim
