#include "TestWorld.h"

#include "Scenario.h"

#include <algorithm>
#include <mutex>

namespace plaidsim
{

std::vector<std::string> KeptWebhooks::codes() const
{
    std::vector<std::string> list;
    for (const auto& webhook : sent)
        list.push_back(webhook.code);
    return list;
}

std::size_t KeptWebhooks::count(const std::string& code) const
{
    const auto all = codes();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), code));
}

Json KeptWebhooks::last(const std::string& code) const
{
    for (auto it = sent.rbegin(); it != sent.rend(); ++it)
    {
        if (it->code == code) return *parseExact(it->body);
    }
    return nullptr;
}

TestWorld::TestWorld()
    : clock(VirtualClock::Mode::stepped, seconds(1'774'958'400)),
      signer(clock.now(), "kid-1"),
      world(clock, signer, outlet, 1),
      api(world, log)
{
    addInstitution(world, {{"institution_id", "ins_1"}, {"name", "Test Bank"}});
    addLogin(world, {{"login_id", "login"}, {"institution_id", "ins_1"}, {"username", "user_good"},
                        {"password", "pass_good"}});
    addAccount(world, {{"login_id", "login"}, {"account_id", "checking"}, {"name", "Checking"},
                          {"mask", "0000"}, {"opening_balance", "100.00"}});
    addAccount(world, {{"login_id", "login"}, {"account_id", "savings"}, {"name", "Savings"},
                          {"mask", "1111"}, {"subtype", "savings"}});
}

Json TestWorld::call(const std::string& path, const Json& body)
{
    HttpRequest request;
    request.method = "POST";
    request.path = path;
    request.headers = {{"content-type", "application/json"},
        {"plaid-client-id", world.credentials.clientId},
        {"plaid-secret", world.credentials.secret}};
    request.body = compactText(body);
    const HttpAnswer answer = api.answer(request);
    status = answer.status;
    return *parseExact(answer.body);
}

void TestWorld::linkEverything(const Json& transactions)
{
    const Json made = call("/sandbox/public_token/create",
        {{"institution_id", "ins_1"}, {"initial_products", Json::array({"transactions"})},
            {"options", {{"webhook", "http://127.0.0.1:1/w"}, {"transactions", transactions}}}});
    const Json item =
        call("/item/public_token/exchange", {{"public_token", made.at("public_token")}});
    token = item.at("access_token");
    itemId = item.at("item_id");
    step(seconds(1));
}

std::string TestWorld::post(const std::string& accountId, const Json& row)
{
    BankAccount& account = *world.truth.account(accountId);
    const std::string id = world.truth.addTransaction(account, readTransaction(world, row)).id;
    world.accountChanged(accountId);
    return id;
}

void TestWorld::step(Nanos by)
{
    // The control server's own thread looks at the agenda too.
    const std::lock_guard lock(world.mutex);
    const Nanos target = clock.now() + by;
    while (world.agenda.nextDue() && *world.agenda.nextDue() <= target)
    {
        clock.advanceTo(*world.agenda.nextDue());
        world.runDue();
    }
    clock.advanceTo(target);
}

Json TestWorld::sync(const std::string& cursor, int count)
{
    Json all = {{"added", Json::array()}, {"modified", Json::array()}, {"removed", Json::array()},
        {"pages", 0}};
    Json page = {{"next_cursor", cursor}, {"has_more", true}};
    while (page.at("has_more") == true)
    {
        page = call("/transactions/sync",
            {{"access_token", token}, {"cursor", page.at("next_cursor")}, {"count", count}});
        if (status != 200) return page;
        for (const char* list : {"added", "modified", "removed"})
        {
            for (const auto& entry : page.at(list))
                all[list].push_back(entry);
        }
        all["pages"] = all["pages"].get<int>() + 1;
    }
    all["next_cursor"] = page.at("next_cursor");
    all["transactions_update_status"] = page.at("transactions_update_status");
    return all;
}

} // namespace plaidsim
