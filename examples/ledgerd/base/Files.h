// Files and folders that must be private, whole, and on disk.
#pragma once

#include "base/Result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace ledgerd
{

// Makes the folder with mode 0700 when it is missing (its parent must exist), and checks that it
// belongs to our user and that nobody else can enter it.
Done ensurePrivateFolder(const std::string& path);

// Reads a whole file of at most `limit` bytes, following no symbolic link.
// With `isPrivate`, also checks that it is a plain file of our user or root that nobody else may
// read or write (0600).
Result<std::string> readFile(const std::string& path, std::size_t limit, bool isPrivate);

// Replaces a file so that after a crash either the old or the new content is there: a new file with
// mode 0600, fsync, rename, fsync of the folder.
Done replacePrivateFile(const std::string& path, std::string_view content);

// Holds an exclusive flock for as long as it lives.
class FileLock
{
public:
    // Failure::Kind::busy when another process holds it.
    static Result<FileLock> take(const std::string& path);
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    ~FileLock();

private:
    explicit FileLock(int fd) : fd_(fd) {}
    int fd_ = -1;
};

} // namespace ledgerd
