// Banks from a JSON description: a scenario file, or the body of a control request.
#pragma once

#include "ExactJson.h"

#include <string>

namespace plaidsim
{

class BankDays;
class World;
struct BankAccount;
struct BankTransaction;
struct Institution;
struct Login;

// Each of these throws std::invalid_argument, with a sentence that names what is wrong.

// {"institution_id","name", country_codes?, products?, oauth?, persistent_account_ids?,
//  shared_accounts_stay?, consent_months?}
Institution& addInstitution(World& world, const Json& spec);

// {"institution_id","username","password", login_id?, notify?, dynamic?}
Login& addLogin(World& world, const Json& spec);

// {"login_id","name", account_id?, official_name?, type?, subtype?, mask?, currency?,
//  unofficial_currency?, opening_balance?, limit?, holder_category?, history?, generate?}
BankAccount& addAccount(World& world, const Json& spec);

// One row: {"amount", "name", date | day (0 today, -1 yesterday), id?, authorized_date?, pending?,
//  merchant?, original_description?, check_number?, category?, category_detailed?, channel?,
//  currency?, unofficial_currency?}
BankTransaction readTransaction(World& world, const Json& spec);

// Days of a bank's life, played at once or by the agenda: see BankDays. At most 100 in one world.
BankDays& addBankDays(World& world, const Json& rule);

// The whole file: {"institutions":[...], "logins":[...], "accounts":[...], "settings":{...},
// "bank_days":[...], "faults":[...], "script":[...]}. Answers the script, for
// ControlApi::schedule().
Json loadScenario(World& world, const std::string& text);

// The scenario that is loaded when no other is given.
const char* defaultScenario();

// The document of Plaid's user_custom: makes a login of this institution with its accounts.
Login& addCustomLogin(World& world, const std::string& institutionId, const std::string& document);

} // namespace plaidsim
