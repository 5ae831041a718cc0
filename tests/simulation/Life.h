// One seed's life: a bank, a plugin, books, a person and an operator, first with faults, then
// without.
#pragma once

#include "Administrator.h"
#include "BankLife.h"
#include "Books.h"
#include "Fate.h"
#include "FaultyStore.h"
#include "Hosts.h"
#include "Journal.h"
#include "Mail.h"
#include "Oracle.h"
#include "Plaid.h"
#include "PluginBackup.h"
#include "PluginProcess.h"
#include "Times.h"

#include "store/Database.h"
#include "support/SeededRandom.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace bankfeed::simulation
{

struct LifeSettings
{
    std::uint64_t seed = 1;
    int steps = 0; ///< 0: as many as the seed says.
    bool aloud = false;
};

/// What a life came to.
struct LifeReport
{
    std::uint64_t hash = 0;
    std::uint64_t deaths = 0;
    std::uint64_t calls = 0;
    std::uint64_t rows = 0;     ///< Made at the bank.
    std::uint64_t compared = 0; ///< With the mirror, at the end.
    std::uint64_t applied = 0;  ///< Changes in the books.
    std::uint64_t amends = 0;
    std::uint64_t voids = 0;
    std::uint64_t epochs = 0;
    int steps = 0;
};

class Life
{
public:
    /// `database` is empty and migrated.
    Life(store::Database& database, const LifeSettings& settings);

    /// Lives it. Throws Broken when something is not as it must be.
    [[nodiscard]] LifeReport run();

private:
    void step();
    void settle();
    void start();
    /// Starts a new process when the last one died. Gives the one that lives.
    PluginProcess& process();
    void runJobs(std::uint64_t most);
    void deliver(std::uint64_t most);
    void pump();
    /// Somebody of one of the organisations.
    [[nodiscard]] Administrator& anyAdministrator();
    void tellEvents();
    void tick();
    void wait();
    void operate();
    void setClock();
    /// Everybody does a little of what they do all day.
    void everybodyWorks();
    void checkLog();
    void check();
    /// Everything that is due now is done. True when a webhook came.
    bool workOff();
    void tell(const std::string& line);

    const LifeSettings settings_;
    store::Database& plain_;
    Journal journal_;
    Fate fate_;
    Mortality mortality_;
    Times times_;
    testing::SeededRandom random_;
    FaultyStore store_;
    Plaid plaid_;
    BankLife bank_;
    Books books_;
    Mail mail_;
    SimulatedLog log_;
    Administrator administrator_;
    Oracle oracle_;
    Books otherBooks_;
    Administrator otherAdministrator_;
    Oracle otherOracle_;
    Hosts hosts_;
    const bool two_; ///< The other organisation is there.
    PluginBackup pluginBackup_;
    Surroundings around_;
    std::unique_ptr<PluginProcess> process_;
    std::optional<Books::State> booksBackup_;
    std::optional<Books::State> otherBooksBackup_;
    std::uint64_t checks_ = 0;
};

} // namespace bankfeed::simulation
