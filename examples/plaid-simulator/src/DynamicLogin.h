// The rule of Plaid's user_transactions_dynamic.
#pragma once

namespace plaidsim
{

class World;
struct Login;

// What one refresh does to every transaction account of the login: the pending rows post under new
// ids, one old amount rises by 1.00, and three new pending rows appear. The Items that share them
// catch up.
void refreshDynamicLogin(World& world, const Login& login);

} // namespace plaidsim
