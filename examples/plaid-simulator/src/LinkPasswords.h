// The passwords of Plaid's sandbox that mean something: errors, and second factors to go through.
#pragma once

#include <string>
#include <vector>

namespace plaidsim
{

struct MfaQuestion
{
    std::string text;
    std::vector<std::string> choices; // empty: free text
    std::string answer;               // the right one; empty: every choice is right
};

// What is asked on one page.
struct MfaRound
{
    std::string kind; // "device", "code", "questions" or "selections"
    std::vector<MfaQuestion> questions;
};

struct SpecialPassword
{
    std::string errorCode; // of "error_<CODE>"
    std::vector<MfaRound> rounds;
};

// mfa_device; mfa_questions_<n>_<m> with n, m from 1 to 9; mfa_selections;
// mfa_selections_<n>_<m>_<o> with o from 2 to 9; error_<CODE>. Empty for any other password.
SpecialPassword specialPassword(const std::string& password);

} // namespace plaidsim
