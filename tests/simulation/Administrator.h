// The person in front of the console, who also walks through the bank's own pages.
#pragma once

#include "BankLife.h"
#include "Books.h"
#include "Plaid.h"
#include "PluginProcess.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bankfeed::simulation
{

class Administrator
{
public:
    Administrator(std::string tenant, Plaid& plaid, Books& books, Fate& fate, Journal& journal)
        : tenant_(std::move(tenant)),
          plaid_(plaid),
          books_(books),
          fate_(fate),
          journal_(journal),
          reconsiders_(fate.knows(Trouble::PeopleUndo))
    {
    }

    /// What a person can find out who looks into books and bank: which of these entries a held row
    /// is; "" for none.
    std::function<std::string(
        const std::string& transactionId, const std::vector<std::string>& entries)>
        entryOf;
    /// A person wants a removed entry back: these books may be told of it again.
    std::function<void(const std::string& transactionId)> wantedBack;
    /// A start date is moved: what was booked by the one until now stays.
    std::function<void()> startMoves;

    /// Does one thing that the console offers, or nothing.
    void act(PluginProcess& process);

    /// Does everything that waits for a person. True when there was something.
    bool tidyUp(PluginProcess& process);

private:
    using Json = plaidsim::Json;
    /// The answer of a request; null unless it was 2xx.
    Json ask(PluginProcess& process, const std::string& method, const std::string& target,
        const Json& body = nullptr);
    void begin(PluginProcess& process, const std::string& purpose, const std::string& connectionId);
    /// Walks on with a session that is open. True when something was done.
    bool walk(PluginProcess& process, const std::string& sessionId, bool toTheEnd);
    void walkPages(plaidsim::LinkToken& token, plaidsim::LinkSession& session, bool toTheEnd);
    std::vector<std::string> ticks(
        const plaidsim::LinkToken& token, const plaidsim::LinkSession& session, bool toTheEnd);
    bool review(PluginProcess& process, const std::string& connectionId, bool toTheEnd);
    Json decide(const Json& row, const Json& review, bool toTheEnd);
    bool decideHeld(PluginProcess& process, const std::string& bankAccountId);
    /// Undoes an import, books one again, moves a start date, takes a feed back, or wants something
    /// back.
    bool reconsider(PluginProcess& process, const Json& connection);
    bool undoOrRedo(PluginProcess& process);
    bool moveStart(PluginProcess& process, const Json& account);
    /// That an account goes on with the feed of another: what was is to be restored.
    bool takeBack(PluginProcess& process, const std::string& linkId);
    /// Books what was undone, removed from the books, or looks like it. True when there was such.
    bool wantBack(PluginProcess& process, const std::string& bankAccountId);
    bool actOn(PluginProcess& process, const Json& connection, bool toTheEnd);
    void dismiss(PluginProcess& process, const Json& overview);

    std::string tenant_;
    Plaid& plaid_;
    Books& books_;
    Fate& fate_;
    Journal& journal_;
    std::vector<std::string> sessions_;
    std::map<std::string, int> repairs_;   ///< By connection, in the calm.
    std::map<std::string, int> additions_; ///< Likewise.
    int named_ = 0;
    int disconnects_ = 0;
    int lastTries_ = 0;
    bool reconsiders_ = false; ///< In this life; then all is booked again in the end.
};

} // namespace bankfeed::simulation
