// Link tokens and the sessions that people, or tests in their place, run with them.
#pragma once

#include "ExactJson.h"
#include "LinkPasswords.h"
#include "VirtualClock.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plaidsim
{

class World;
struct BankAccount;
struct Institution;
struct Item;
struct Login;
struct PlaidError;

struct LinkEvent
{
    std::string id;
    std::string name;
    Json metadata;
    Nanos at = 0;
};

enum class LinkStage
{
    institution,
    login,
    mfa, // the bank wants a second factor
    accounts,
    confirm, // everything is chosen; the session is not over yet
    done
};

struct LinkSession
{
    std::string id;
    Nanos started = 0;
    std::optional<Nanos> finished;
    LinkStage stage = LinkStage::institution;
    std::string institutionId;
    std::string loginId;
    std::vector<MfaRound> mfa;         // what the bank asks after the password
    std::size_t mfaRound = 0;          // of these, the one that is asked now
    std::string itemId;                // once accounts are chosen
    std::vector<std::string> selected; // bank account ids
    std::vector<std::string> before;   // what update mode found shared; set with itemId
    std::string publicToken;
    bool exited = false;
    std::string exitStatus;
    std::string exitRequestId;
    std::vector<LinkEvent> events; // oldest first
};

struct LinkToken
{
    std::string token;
    std::string hostedId; // empty: not a Hosted Link token
    Nanos createdAt = 0;
    Nanos expires = 0;
    std::string clientName;
    std::string language;
    std::vector<std::string> countryCodes;
    std::vector<std::string> products;
    std::string clientUserId;
    std::optional<std::string> webhook;
    std::optional<std::string> redirectUri;
    std::string completionRedirectUri;
    std::string itemId; // update mode when not empty
    std::string presetInstitutionId;
    bool accountSelection = false;
    Json accountFilters; // null: none
    int daysRequested = 90;
    std::deque<LinkSession> sessions;

    bool updateMode() const { return !itemId.empty(); }
};

// The steps are those of the pages. A step that the session is not ready for, or that names what
// does not exist, throws a PlaidError with a sentence for the person in front of the page.
class LinkSessions
{
public:
    explicit LinkSessions(World& world) : world_(world) {}

    // Gives the token its text, times and hosted id, and keeps it. `lifetime` 0 means the default:
    // 4 h, or 30 min for update mode and for hosted pages.
    LinkToken& create(LinkToken token, bool hosted, Nanos lifetime);

    LinkToken* find(const std::string& token);
    LinkToken* findHosted(const std::string& hostedId);
    const std::map<std::string, std::unique_ptr<LinkToken>>& tokens() const { return tokens_; }

    // The open session, or a new one. Throws INVALID_LINK_TOKEN when the token has expired.
    LinkSession& open(LinkToken& token);

    void chooseInstitution(LinkToken& token, LinkSession& session, const std::string& id);
    void logIn(LinkToken& token, LinkSession& session, const std::string& username,
        const std::string& password);

    // Answers what the bank asks in this round, question by question.
    void answerMfa(LinkToken& token, LinkSession& session, const std::vector<std::string>& answers);

    // The accounts of the session's login that the token's filters let through.
    std::vector<const BankAccount*> choices(const LinkToken& token, const LinkSession& session);

    // Does this session show the account pane? Update mode does where it was asked for and at OAuth
    // banks; in Europe it never does.
    bool asksForAccounts(const LinkToken& token, const LinkSession& session);

    // Creates the Item, or changes what it shares. The fetch of history begins here.
    void chooseAccounts(LinkToken& token, LinkSession& session, std::vector<std::string> ids);

    // From the last page to the ticks. What was chosen stays so until something else is chosen.
    void goBack(LinkToken& token, LinkSession& session);

    // Success: HANDOFF, and the LINK webhooks of a hosted session.
    void finish(LinkToken& token, LinkSession& session);

    // The person leaves.
    void exit(LinkToken& token, LinkSession& session);

    // Accounts as Link's own metadata shows them.
    Json metadataAccounts(const LinkSession& session);
    Json metadataInstitution(const LinkSession& session);

private:
    [[noreturn]] void fail(LinkSession& session, const PlaidError& error);
    const Login* checkPassword(const LinkToken& token, LinkSession& session,
        const std::string& username, const std::string& password);
    void loggedIn(LinkToken& token, LinkSession& session);
    void record(LinkSession& session, const std::string& name, Json metadata);
    void sendResult(LinkToken& token, LinkSession& session);
    Item* updatedItem(const LinkToken& token);

    World& world_;
    std::map<std::string, std::unique_ptr<LinkToken>> tokens_;
};

Json eventJson(const LinkEvent& event);

} // namespace plaidsim
