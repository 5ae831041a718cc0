// A backup of the plugin's database, and the loss of everything since.
#pragma once

#include "store/Database.h"

#include <map>
#include <string>
#include <vector>

namespace bankfeed::simulation
{

class PluginBackup
{
public:
    explicit PluginBackup(store::Database& database) : database_(database) {}

    void take();

    /// Whether there is one that is not older than the last decision of a person. What people
    /// decided since a backup they would decide again, in whatever way: no life goes on from there.
    [[nodiscard]] bool fits();

    void restore();

    /// Root keys, with the provider's ids, of the rows that the books were told of and that the
    /// backup does not have.
    [[nodiscard]] std::map<std::string, std::string> notIn();

private:
    /// What people decided: connections, accounts and links, and sessions under way.
    [[nodiscard]] std::string decisions();
    void run(const std::vector<std::string>& statements);

    store::Database& database_;
    std::vector<std::string> tables_;
    std::string decisions_;
    bool taken_ = false;
};

} // namespace bankfeed::simulation
