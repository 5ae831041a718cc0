#include "base/Files.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ledgerd
{

namespace
{

class Descriptor
{
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor()
    {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }

private:
    int fd_;
};

std::string why(const std::string& what, const std::string& path)
{
    return what + " " + path + ": " + std::strerror(errno) + ".";
}

std::string folderOf(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

bool writeAll(int fd, std::string_view content)
{
    while (!content.empty())
    {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

} // namespace

Done ensurePrivateFolder(const std::string& path)
{
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return invalid(why("Cannot make the folder", path));
    struct stat info = {};
    if (::lstat(path.c_str(), &info) != 0) return invalid(why("Cannot look at the folder", path));
    if (!S_ISDIR(info.st_mode)) return invalid(path + " is not a folder.");
    if (info.st_uid != ::geteuid())
        return denied("The folder " + path + " belongs to another user.");
    if ((info.st_mode & 077u) != 0)
        return denied("Other users can enter the folder " + path + "; run: chmod 700 " + path);
    return done();
}

Result<std::string> readFile(const std::string& path, std::size_t limit, bool isPrivate)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.valid())
        return errno == ENOENT ? notFound("The file " + path + " does not exist.")
                               : invalid(why("Cannot open", path));
    struct stat info = {};
    if (::fstat(file.get(), &info) != 0) return invalid(why("Cannot look at", path));
    if (!S_ISREG(info.st_mode)) return invalid(path + " is not a plain file.");
    if (isPrivate && info.st_uid != ::geteuid() && info.st_uid != 0)
        return denied("The file " + path + " belongs to another user.");
    if (isPrivate && (info.st_mode & 077u) != 0)
        return denied("Other users can read or write " + path + "; run: chmod 600 " + path);
    if (info.st_size < 0 || static_cast<std::uint64_t>(info.st_size) > limit)
        return invalid(path + " is larger than " + std::to_string(limit) + " bytes.");

    std::string content(static_cast<std::size_t>(info.st_size), '\0');
    std::size_t have = 0;
    while (have < content.size())
    {
        const ssize_t got = ::read(file.get(), content.data() + have, content.size() - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return invalid(why("Cannot read", path));
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    content.resize(have);
    return content;
}

Done replacePrivateFile(const std::string& path, std::string_view content)
{
    const std::string temporary = path + ".new";
    {
        ::unlink(temporary.c_str());
        const Descriptor file(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!file.valid()) return invalid(why("Cannot make", temporary));
        if (!writeAll(file.get(), content) || ::fsync(file.get()) != 0)
            return invalid(why("Cannot write", temporary));
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return invalid(why("Cannot replace", path));
    const Descriptor folder(::open(folderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid() || ::fsync(folder.get()) != 0)
        return invalid(why("Cannot sync the folder of", path));
    return done();
}

Result<FileLock> FileLock::take(const std::string& path)
{
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.valid()) return invalid(why("Cannot open the lock", path));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? busy("Another process holds " + path + ".")
                                    : invalid(why("Cannot lock", path));
    // The lock belongs to the open file: a copy of the descriptor keeps it when `file` closes.
    const int kept = ::fcntl(file.get(), F_DUPFD_CLOEXEC, 3);
    if (kept < 0) return invalid(why("Cannot keep the lock", path));
    return FileLock(kept);
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept
{
    std::swap(fd_, other.fd_);
    return *this;
}

FileLock::~FileLock()
{
    if (fd_ >= 0) ::close(fd_);
}

} // namespace ledgerd
