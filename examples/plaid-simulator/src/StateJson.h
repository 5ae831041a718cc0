// Everything that is true, for oracles.
#pragma once

#include "ExactJson.h"

namespace plaidsim
{

class World;

// Institutions, logins, bank accounts with balances, Items with what they share. With `rows` also
// every row at the banks and every transaction that each Item's client will know once it has caught
// up.
Json stateJson(World& world, bool rows);

} // namespace plaidsim
