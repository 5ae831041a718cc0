#include "people/PasswordHash.h"

#include "base/Random.h"
#include "base/Text.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdexcept>
#include <vector>

namespace ledgerd
{

namespace
{

constexpr int defaultCost = 15;
constexpr std::size_t saltSize = 16;
constexpr std::size_t hashSize = 32;

struct Parsed
{
    int cost = 0; // the exponent of N
    std::string salt;
    std::string hash;
};

bool parse(std::string_view text, Parsed& out)
{
    const std::vector<std::string> parts = splitList(text, '$');
    if (parts.size() != 6 || parts[0] != "scrypt" || parts[2] != "8" || parts[3] != "1")
        return false;
    if (parts[1].size() != 2 || parts[1][0] != '1' || parts[1][1] < '4' || parts[1][1] > '7')
        return false;
    out.cost = 10 + (parts[1][1] - '0');
    return fromBase64(parts[4], out.salt) && out.salt.size() == saltSize &&
           fromBase64(parts[5], out.hash) && out.hash.size() == hashSize;
}

std::string scrypt(const std::string& password, const std::string& salt, int cost)
{
    std::string hash(hashSize, '\0');
    const auto* saltBytes = reinterpret_cast<const unsigned char*>(salt.data());
    auto* hashBytes = reinterpret_cast<unsigned char*>(hash.data());
    if (EVP_PBE_scrypt(password.data(), password.size(), saltBytes, salt.size(),
            std::uint64_t{1} << cost, 8, 1, std::uint64_t{256} * 1024 * 1024, hashBytes,
            hash.size()) != 1)
        throw std::runtime_error("scrypt failed");
    return hash;
}

} // namespace

std::string hashPassword(const std::string& password)
{
    std::string salt(saltSize, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), static_cast<int>(salt.size())) !=
        1)
        throw std::runtime_error("the system gives no random bytes");
    return "scrypt$" + std::to_string(defaultCost) + "$8$1$" + toBase64(salt) + "$" +
           toBase64(scrypt(password, salt, defaultCost));
}

bool isPasswordHash(std::string_view hash)
{
    Parsed parsed;
    return parse(hash, parsed);
}

bool passwordMatches(const std::string& password, std::string_view hash)
{
    Parsed parsed;
    if (password.size() > passwordMax || !parse(hash, parsed)) return false;
    return equalSecrets(scrypt(password, parsed.salt, parsed.cost), parsed.hash);
}

} // namespace ledgerd
