// The bank's counter, for people: look at accounts, open one, post a transaction.
#pragma once

#include "HttpExchange.h"

namespace plaidsim
{

class World;

class BankPage
{
public:
    explicit BankPage(World& world) : world_(world) {}

    // Answers /, /bank and the forms below it. Locks the world. Never throws. Safe from any thread.
    HttpAnswer answer(const HttpRequest& request);

private:
    World& world_;
};

} // namespace plaidsim
