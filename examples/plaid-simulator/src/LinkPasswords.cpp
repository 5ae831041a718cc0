#include "LinkPasswords.h"

namespace plaidsim
{

namespace
{

bool startsWith(const std::string& text, const std::string& start)
{
    return text.rfind(start, 0) == 0;
}

// The digits of "_2_3" as {2, 3}; empty when the text is anything else.
std::vector<int> digitsOf(const std::string& text)
{
    std::vector<int> digits;
    if (text.size() % 2 != 0) return digits;
    for (std::size_t i = 0; i < text.size(); i += 2)
    {
        if (text[i] != '_' || text[i + 1] < '1' || text[i + 1] > '9') return {};
        digits.push_back(text[i + 1] - '0');
    }
    return digits;
}

std::string place(const char* word, int round, int question)
{
    return std::string(word) + "_" + std::to_string(round) + "_" + std::to_string(question);
}

std::vector<MfaRound> deviceRounds()
{
    return {{"device", {{"Where shall the bank send a code?",
                           {"E-mail to p***@example.com", "Text message to ***-***-0042"}, ""}}},
        {"code", {{"Which code did the bank send?", {}, "1234"}}}};
}

// Rounds and questions are counted from 0, as in Plaid's sandbox.
std::vector<MfaRound> questionRounds(int rounds, int questions)
{
    std::vector<MfaRound> all;
    for (int i = 0; i < rounds; ++i)
    {
        MfaRound round{"questions", {}};
        for (int j = 0; j < questions; ++j)
            round.questions.push_back({"What is the answer to " + place("question", i, j) + "?", {},
                place("answer", i, j)});
        all.push_back(std::move(round));
    }
    return all;
}

// Counted from 1, with the first choice the right one.
std::vector<MfaRound> selectionRounds(int rounds, int questions, int choices)
{
    std::vector<MfaRound> all;
    for (int i = 1; i <= rounds; ++i)
    {
        MfaRound round{"selections", {}};
        for (int j = 1; j <= questions; ++j)
        {
            MfaQuestion question{"What is the answer to " + place("question", i, j) + "?", {}, ""};
            for (int k = 0; k < choices; ++k)
                question.choices.push_back(place("answer", i, j) + "_" + std::to_string(k));
            question.answer = question.choices.front();
            round.questions.push_back(std::move(question));
        }
        all.push_back(std::move(round));
    }
    return all;
}

} // namespace

SpecialPassword specialPassword(const std::string& password)
{
    static const std::string error = "error_";
    static const std::string questions = "mfa_questions";
    static const std::string selections = "mfa_selections";
    if (startsWith(password, error)) return {password.substr(error.size()), {}};
    if (password == "mfa_device") return {"", deviceRounds()};
    if (password == selections)
        return {
            "", {{"selections", {{"Do you have an account at this bank?", {"Yes", "No"}, "Yes"}}}}};
    if (startsWith(password, questions))
    {
        const auto digits = digitsOf(password.substr(questions.size()));
        if (digits.size() == 2) return {"", questionRounds(digits[0], digits[1])};
    }
    if (startsWith(password, selections))
    {
        const auto digits = digitsOf(password.substr(selections.size()));
        if (digits.size() == 3 && digits[2] > 1)
            return {"", selectionRounds(digits[0], digits[1], digits[2])};
    }
    return {};
}

} // namespace plaidsim
