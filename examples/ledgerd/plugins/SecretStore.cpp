#include "plugins/SecretStore.h"

#include "base/Files.h"
#include "base/Text.h"

#include <functional>
#include <openssl/crypto.h>

namespace ledgerd
{

namespace
{

// A file's content, wiped at the end.
class Content
{
public:
    explicit Content(std::string text) : text_(std::move(text)) {}
    Content(const Content&) = delete;
    Content& operator=(const Content&) = delete;
    ~Content() { wipe(text_); }
    std::string_view text() const { return text_; }

private:
    std::string text_;
};

std::string_view blanksOff(std::string_view text)
{
    const auto isBlank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
    return text;
}

// Visits each "name = value". False when a line is neither that nor a comment.
bool visitLines(
    std::string_view content, const std::function<void(std::string_view, std::string_view)>& visit)
{
    while (!content.empty())
    {
        const std::size_t end = content.find('\n');
        const std::string_view line = blanksOff(content.substr(0, end));
        content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
        if (line.empty() || line.front() == '#') continue;
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0) return false;
        visit(blanksOff(line.substr(0, equals)), blanksOff(line.substr(equals + 1)));
    }
    return true;
}

Result<std::string> lookIn(const std::string& file, std::string_view name)
{
    auto read = readFile(file, secretsFileMax, true);
    if (!read) return read.failure();
    const Content content(std::move(*read));
    std::string found;
    bool present = false;
    const bool whole = visitLines(content.text(),
        [&](std::string_view key, std::string_view value)
        {
            if (key != name) return;
            present = true;
            found = value;
        });
    if (!whole) return invalid("A line of " + file + " is not of the form name = value.");
    if (!present) return notFound("There is no such secret.");
    constexpr std::string_view prefix = "base64:";
    if (!found.starts_with(prefix)) return found;
    std::string decoded;
    const bool good = fromBase64(std::string_view(found).substr(prefix.size()), decoded);
    wipe(found);
    if (!good) return invalid("A value of " + file + " is not base64.");
    return decoded;
}

bool isMissing(const Failure& failure)
{
    return failure.kind == Failure::Kind::notFound;
}

} // namespace

void wipe(std::string& text)
{
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

SecretStore::SecretStore(std::string operatorFile, std::string ownFile)
    : operatorFile_(std::move(operatorFile)), ownFile_(std::move(ownFile))
{
}

Result<std::string> SecretStore::get(std::string_view name)
{
    const std::lock_guard lock(mutex_);
    if (!operatorFile_.empty())
    {
        auto found = lookIn(operatorFile_, name);
        if (found || !isMissing(found.failure())) return found;
    }
    return lookIn(ownFile_, name);
}

Done SecretStore::put(std::string_view name, std::string_view value)
{
    if (value.size() > secretMax) return invalid("The secret is too long.");
    const std::lock_guard lock(mutex_);
    if (!operatorFile_.empty())
    {
        auto held = lookIn(operatorFile_, name);
        if (held) wipe(*held);
        if (held || !isMissing(held.failure()))
            return denied("The operator's file of secrets holds this name, or cannot be read.");
    }
    std::string next;
    if (auto read = readFile(ownFile_, secretsFileMax, true); read)
    {
        const Content content(std::move(*read));
        const bool whole = visitLines(content.text(),
            [&](std::string_view key, std::string_view kept)
            {
                if (key != name) next.append(key).append(" = ").append(kept).append("\n");
            });
        if (!whole) return invalid("The file " + ownFile_ + " is damaged.");
    }
    else if (!isMissing(read.failure()))
        return read.failure();
    std::string encoded = toBase64(value);
    next.append(name).append(" = base64:").append(encoded).append("\n");
    wipe(encoded);
    Done written = next.size() <= secretsFileMax ? replacePrivateFile(ownFile_, next)
                                                 : Done(invalid("There are too many secrets."));
    wipe(next);
    return written;
}

Done SecretStore::check()
{
    for (const std::string& file : {operatorFile_, ownFile_})
    {
        if (file.empty()) continue;
        auto read = readFile(file, secretsFileMax, true);
        if (!read && (file == operatorFile_ || !isMissing(read.failure()))) return read.failure();
        if (!read) continue;
        const Content content(std::move(*read));
        if (!visitLines(content.text(), [](std::string_view, std::string_view) {}))
            return invalid("A line of " + file + " is not of the form name = value.");
    }
    return done();
}

} // namespace ledgerd
