// Secrets of one plugin: what the operator wrote in a file, and what the plugin itself asked to
// keep.
//
// Both files hold lines "name = value"; lines that begin with # are comments. A value that begins
// with "base64:" is decoded. A name that the operator's file holds wins, and the plugin cannot
// replace it.
#pragma once

#include "base/Result.h"

#include <mutex>
#include <string>
#include <string_view>

namespace ledgerd
{

constexpr std::size_t secretsFileMax = std::size_t{256} * 1024; // bytes
constexpr std::size_t secretMax = 4096;                         // bytes of one value

class SecretStore
{
public:
    // operatorFile may be "". ownFile is in a private folder of ledgerd; it need not exist.
    SecretStore(std::string operatorFile, std::string ownFile);

    // The value; the caller wipes it. Failure: notFound; denied when others may read a file;
    // invalid.
    Result<std::string> get(std::string_view name);

    // On disk when it returns. Failure: denied when the operator's file holds the name.
    Done put(std::string_view name, std::string_view value);

    // Whether the files can be read at all; for check-config.
    Done check();

private:
    std::mutex mutex_;
    std::string operatorFile_;
    std::string ownFile_;
};

// Overwrites the text with zeros, in a way that compilers keep.
void wipe(std::string& text);

} // namespace ledgerd
