#include "Life.h"

#include <algorithm>

namespace bankfeed::simulation
{

namespace
{

constexpr const char* tenant = "main";
constexpr const char* otherTenant = "other";
constexpr std::int64_t beginSeconds = 1'772'366'400; // 2026-03-01T12:00:00Z
constexpr std::int64_t hourMs = 3'600'000;
/// How long after the last fault everything must be well, beside three polls.
constexpr std::int64_t calmMs = 12 * hourMs;
constexpr int calmRoundsMax = 1'000;

std::int64_t pollInterval(Fate& fate)
{
    const std::vector<std::int64_t> hours{6, 6, 24};
    return fate.pick(hours) * hourMs;
}

} // namespace

Life::Life(store::Database& database, const LifeSettings& settings)
    : settings_(settings),
      plain_(database),
      journal_(settings.aloud),
      fate_(settings.seed),
      times_(beginSeconds),
      random_(settings.seed ^ 0xC0FFEEULL),
      store_(plain_, fate_, mortality_, journal_),
      plaid_(settings.seed, times_, fate_, mortality_, journal_),
      bank_(plaid_, fate_, journal_),
      books_(tenant, times_, fate_, mortality_, journal_),
      mail_(plaid_, fate_, journal_),
      log_(journal_),
      administrator_(tenant, plaid_, books_, fate_, journal_),
      oracle_(tenant, plain_, plaid_, bank_, books_),
      otherBooks_(otherTenant, times_, fate_, mortality_, journal_),
      otherAdministrator_(otherTenant, plaid_, otherBooks_, fate_, journal_),
      otherOracle_(otherTenant, plain_, plaid_, bank_, otherBooks_),
      hosts_(journal_),
      two_(fate_.knows(Trouble::TwoTenants)),
      pluginBackup_(plain_),
      around_{store_, plaid_, hosts_, times_, random_, log_, pollInterval(fate_), !fate_.oneIn(5)}
{
    administrator_.entryOf = [this](const std::string& id, const std::vector<std::string>& entries)
    { return oracle_.entryOf(id, entries); };
    otherAdministrator_.entryOf =
        [this](const std::string& id, const std::vector<std::string>& entries)
    { return otherOracle_.entryOf(id, entries); };
    administrator_.wantedBack = [this](const std::string& id)
    { books_.wantedBack(oracle_.rootKeyOf(id)); };
    otherAdministrator_.wantedBack = [this](const std::string& id)
    { otherBooks_.wantedBack(otherOracle_.rootKeyOf(id)); };
    administrator_.startMoves = [this] { oracle_.noteStarts(); };
    otherAdministrator_.startMoves = [this] { otherOracle_.noteStarts(); };
    hosts_.add(books_);
    if (two_) hosts_.add(otherBooks_);
}

void Life::tell(const std::string& line)
{
    journal_.tell(times_.now(), line);
}

LifeReport Life::run()
{
    bank_.begin();
    books_.open("Assets:Old Checking", LedgerAccountType::Asset, "USD", 2);
    auto& byHand = books_.open("Assets:By Hand", LedgerAccountType::Asset, "USD", 2);
    byHand.byHand.push_back(
        {Date::ofUtc(times_.now()).plusDays(-static_cast<int>(fate_.between(1, 40))).text(),
            12'345});
    otherBooks_.open("Assets:Till", LedgerAccountType::Asset, "USD", 2);
    start();
    // Most lives begin with a login that is connected, so that there is something to go wrong.
    for (std::uint64_t i = 0; i < fate_.below(3) * 6; ++i)
    {
        anyAdministrator().act(process());
        everybodyWorks();
    }
    const int steps =
        settings_.steps > 0 ? settings_.steps : static_cast<int>(fate_.between(20, 90));
    for (int i = 0; i < steps; ++i)
        step();
    settle();
    LifeReport report;
    report.hash = journal_.hash();
    report.deaths = mortality_.deaths;
    report.calls = plaid_.calls;
    report.rows = bank_.rowsMade;
    report.compared = oracle_.rowsCompared + otherOracle_.rowsCompared;
    report.applied = books_.applied + otherBooks_.applied;
    report.amends = books_.amends + otherBooks_.amends;
    report.voids = books_.voids + otherBooks_.voids;
    report.epochs = books_.epochs + otherBooks_.epochs;
    report.steps = steps;
    return report;
}

void Life::start()
{
    process_.reset();
    mortality_.dead = false;
    process_ = std::make_unique<PluginProcess>(around_);
}

PluginProcess& Life::process()
{
    if (mortality_.dead)
    {
        tell("the process died and is started again");
        start();
    }
    return *process_;
}

void Life::runJobs(std::uint64_t most)
{
    for (std::uint64_t i = 0; i < most; ++i)
    {
        const auto ran = process().core().engine().runNext();
        mail_.collect();
        if (ran.ok() && !*ran) return;
    }
}

void Life::deliver(std::uint64_t most)
{
    mail_.collect();
    for (std::uint64_t i = 0; i < most; ++i)
        if (!mail_.deliverOne(process().core().intake())) return;
}

Administrator& Life::anyAdministrator()
{
    return two_ && fate_.oneIn(3) ? otherAdministrator_ : administrator_;
}

void Life::tellEvents()
{
    books_.tell(process().events());
    if (two_) otherBooks_.tell(process().events());
}

void Life::pump()
{
    tellEvents();
    const auto pumped =
        process().relay().pump(static_cast<std::uint32_t>(fate_.between(1, 8)), 5'000);
    if (!pumped.ok()) tell("pump: " + pumped.error().code);
}

void Life::tick()
{
    const auto ticked = process().core().ledgerMirror().tick(hosts_, 1'000);
    if (!ticked.ok()) tell("tick: " + ticked.error().code);
}

void Life::wait()
{
    static const std::vector<std::int64_t> spans{50, 1'000, 10'000, 120'000, 1'800'000, 6 * hourMs};
    times_.pass(fate_.pick(spans));
    mail_.collect();
}

/// A time server that is wrong for a while, a laptop that wakes with an old time.
void Life::setClock()
{
    static const std::vector<std::int64_t> offs{-26 * hourMs, -3 * hourMs, -1'200'000, -70'000,
        -2'000, 2'000, 70'000, 1'200'000, 3 * hourMs, 26 * hourMs};
    times_.setSkew(times_.skewMs() != 0 && fate_.oneIn(2) ? 0 : fate_.pick(offs));
    tell("the clock is " + std::to_string(times_.skewMs()) + " ms ahead");
}

void Life::operate()
{
    if (fate_.strikes(Trouble::Restart))
    {
        tell("restart");
        start();
    }
    if (fate_.strikes(Trouble::BooksRefuse))
    {
        std::vector<std::string> ids;
        for (const auto& [id, account] : books_.accounts_)
            ids.push_back(id);
        auto& account = books_.accounts_.at(fate_.pick(ids));
        account.closed = !account.closed;
        tell("books: " + account.id + (account.closed ? " is closed" : " is open again"));
    }
    if (fate_.knows(Trouble::BooksRestored) && fate_.oneIn(4))
    {
        booksBackup_ = books_.state;
        otherBooksBackup_ = otherBooks_.state;
    }
    if (booksBackup_ && fate_.strikes(Trouble::BooksRestored, 1))
    {
        tell("the books are restored from a backup");
        books_.state = *booksBackup_;
        otherBooks_.state = *otherBooksBackup_;
        books_.goneBack();
        otherBooks_.goneBack();
        start();
    }
    if (fate_.knows(Trouble::PluginRestored) && fate_.oneIn(3)) pluginBackup_.take();
    if (fate_.strikes(Trouble::PluginRestored) && pluginBackup_.fits())
    {
        tell("the plugin is restored from a backup");
        oracle_.forgets(pluginBackup_.notIn());
        otherOracle_.forgets(pluginBackup_.notIn());
        pluginBackup_.restore();
        books_.pluginForgot();
        otherBooks_.pluginForgot();
        start();
    }
}

void Life::everybodyWorks()
{
    runJobs(1 + fate_.below(10));
    deliver(1 + fate_.below(4));
    if (fate_.oneIn(2)) tick();
    runJobs(1 + fate_.below(20));
    if (fate_.oneIn(2)) pump();
    if (fate_.oneIn(2)) times_.pass(fate_.between(100, 6'000));
    mail_.collect();
}

void Life::step()
{
    switch (fate_.below(14))
    {
    case 0:
    case 1:
    case 2:
    case 3: bank_.changeRows(); break;
    case 4: bank_.changeAccess(); break;
    case 5:
    case 6:
    case 7: anyAdministrator().act(process()); break;
    case 8: pump(); break;
    case 9: tick(); break;
    case 10: wait(); break;
    case 11: operate(); break;
    default: runJobs(1 + fate_.below(12)); break;
    }
    if (fate_.strikes(Trouble::ProviderFault)) plaid_.orderFault();
    if (fate_.strikes(Trouble::ClockJumps)) setClock();
    if (fate_.knows(Trouble::PeopleCorrect) && fate_.oneIn(4))
        (two_ && fate_.oneIn(3) ? otherBooks_ : books_).correct();
    if (fate_.strikes(Trouble::PeopleMerge))
        (two_ && fate_.oneIn(3) ? otherBooks_ : books_).merge();
    if (fate_.strikes(Trouble::WebhookForged)) mail_.forge(process().core().intake());
    if (!fate_.oneIn(3)) everybodyWorks();
    mail_.collect();
    check();
}

void Life::checkLog()
{
    static const std::vector<std::string> marks{
        "access-sandbox-", "public-sandbox-", "link-sandbox-", "/hl/"};
    for (const auto& line : log_.lines)
    {
        if (settings_.aloud) tell("log: " + line);
        for (const auto& mark : marks)
            if (line.find(mark) != std::string::npos)
                throw Broken("a secret is in the log: " + line);
        if (line.find(plaid_.world.credentials.secret) != std::string::npos)
            throw Broken("the client's secret is in the log");
    }
    log_.lines.clear();
}

void Life::check()
{
    checkLog();
    if (!journal_.violations.empty()) throw Broken(journal_.violations.front());
    if (++checks_ % 4 == 0) oracle_.look();
}

bool Life::workOff()
{
    bool busy = false;
    for (int i = 0; i < 500; ++i)
    {
        mail_.collect();
        if (mail_.deliverOne(process().core().intake()))
        {
            busy = true;
            continue;
        }
        const auto ran = process().core().engine().runNext();
        if (!ran.ok()) throw Broken("in the calm the engine fails: " + ran.error().text);
        if (!*ran) return busy;
    }
    throw Broken("in the calm the jobs do not come to an end");
}

void Life::settle()
{
    tell("--- the faults are over");
    fate_.becomeCalm();
    plaid_.world.faults.clear();
    for (auto& [id, account] : books_.accounts_)
        account.closed = false;
    books_.unlock();
    otherBooks_.unlock();
    times_.setSkew(0);
    start();
    // A second look at accounts that are missing takes another poll, and a measurement of an
    // opening balance is checked again hours later.
    const std::int64_t calm = 3 * around_.pollIntervalMs + calmMs + times_.aheadMaxMs();
    const std::int64_t until = times_.now().ns + calm * nsPerMs;
    std::int64_t personLookedAt = 0;
    for (int round = 0; times_.now().ns < until; ++round)
    {
        if (round > calmRoundsMax) throw Broken("in the calm it does not come to rest");
        const std::uint64_t calls = plaid_.calls;
        bool busy = workOff();
        busy = busy || plaid_.calls != calls;
        tick();
        tellEvents();
        const auto pumped = must(process().relay().pump(100, 5'000));
        busy = busy || pumped.remaining || pumped.delivered > 0;
        if (busy || times_.now().ns - personLookedAt > 4 * hourMs * nsPerMs)
        {
            personLookedAt = times_.now().ns;
            busy = administrator_.tidyUp(process()) || busy;
            if (two_) busy = otherAdministrator_.tidyUp(process()) || busy;
            check();
        }
        mail_.collect();
        const auto due = must(process().core().engine().nextDue());
        std::int64_t next = std::min(times_.nextDue(), mail_.nextDueNs());
        if (due) next = std::min(next, due->ns);
        const std::int64_t gap = std::max<std::int64_t>(1, (next - times_.now().ns) / nsPerMs + 1);
        // What comes due in the meantime is done late: a process sleeps, too.
        times_.pass(busy ? std::min<std::int64_t>(gap, 3'500) : 2 * hourMs);
    }
    workOff();
    check();
    oracle_.judge();
    if (two_) otherOracle_.judge();
}

} // namespace bankfeed::simulation
