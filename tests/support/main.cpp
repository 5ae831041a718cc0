// The main program of a suite: runs the registered tests, or those whose full name holds the first
// argument, or with `--part K/N` every N-th from the K-th on (1..N), so that long suites can run
// side by side. Prints every failure with its place, every test that took its time (slowSeconds),
// and "N passed, N failed" at the end. The file that the environment variable BANKFEED_TESTS_PASSED
// names gets the names of those that passed.
#include <cppunit/Exception.h>
#include <cppunit/SourceLine.h>
#include <cppunit/Test.h>
#include <cppunit/TestFailure.h>
#include <cppunit/TestListener.h>
#include <cppunit/TestResult.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace
{

class Report final : public CppUnit::TestListener
{
public:
    void startTest(CppUnit::Test* /*test*/) override
    {
        failing_ = false;
        began_ = std::chrono::steady_clock::now();
    }

    void addFailure(const CppUnit::TestFailure& failure) override
    {
        failing_ = true;
        const CppUnit::Exception* const thrown = failure.thrownException();
        const CppUnit::SourceLine line = failure.sourceLine();
        std::cout << "FAILED " << failure.failedTestName();
        if (line.isValid()) std::cout << " (" << line.fileName() << ":" << line.lineNumber() << ")";
        std::cout << "\n"
                  << thrown->message().shortDescription() << "\n"
                  << thrown->message().details() << std::flush;
    }

    void endTest(CppUnit::Test* test) override
    {
        ++(failing_ ? failed_ : passed_);
        if (!failing_) names_ += test->getName() + "\n";
        const auto took = std::chrono::steady_clock::now() - began_;
        if (took >= slowSeconds)
            std::cout << "took " << std::chrono::duration_cast<std::chrono::seconds>(took).count()
                      << " s: " << test->getName() << std::endl;
    }

    [[nodiscard]] const std::string& names() const { return names_; }

    [[nodiscard]] int summary() const
    {
        std::cout << passed_ << " passed, " << failed_ << " failed" << std::endl;
        return failed_ == 0 && passed_ > 0 ? 0 : 1;
    }

private:
    static constexpr std::chrono::seconds slowSeconds{5};

    std::chrono::steady_clock::time_point began_;
    bool failing_ = false;
    int passed_ = 0;
    int failed_ = 0;
    std::string names_; ///< Of those that passed.
};

void collect(CppUnit::Test& test, const std::string& wanted, std::vector<CppUnit::Test*>& out)
{
    if (test.getChildTestCount() == 0)
    {
        if (test.getName().find(wanted) != std::string::npos) out.push_back(&test);
        return;
    }
    for (int i = 0; i < test.getChildTestCount(); ++i)
        collect(*test.getChildTestAt(i), wanted, out);
}

/// False when `text` is not K/N with 1 <= K <= N <= 99.
bool keepPart(const std::string& text, std::vector<CppUnit::Test*>& tests)
{
    std::size_t part = 0;
    std::size_t parts = 0;
    char slash = 0;
    std::istringstream in(text);
    if (!(in >> part >> slash >> parts) || !in.eof() || slash != '/' || part < 1 || part > parts ||
        parts > 99)
        return false;
    std::vector<CppUnit::Test*> kept;
    for (std::size_t i = part - 1; i < tests.size(); i += parts)
        kept.push_back(tests[i]);
    tests = std::move(kept);
    return true;
}

} // namespace

int main(int argc, char** argv)
{
    const bool inParts = argc == 3 && std::string(argv[1]) == "--part";
    const std::string wanted = argc > 1 && !inParts ? argv[1] : "";
    const std::unique_ptr<CppUnit::Test> all{
        CppUnit::TestFactoryRegistry::getRegistry().makeTest()};
    std::vector<CppUnit::Test*> tests;
    collect(*all, wanted, tests);
    if (inParts && !keepPart(argv[2], tests))
    {
        std::cerr << "--part takes K/N, for example 1/2, not " << argv[2] << "\n";
        return 2;
    }

    // An older run must not speak for this one, should it die.
    const char* const namesFile = std::getenv("BANKFEED_TESTS_PASSED");
    if (namesFile != nullptr) std::ofstream(namesFile).close();

    Report report;
    CppUnit::TestResult result;
    result.addListener(&report);
    for (CppUnit::Test* const test : tests)
        test->run(&result);
    if (namesFile != nullptr) std::ofstream(namesFile) << report.names();
    return report.summary();
}
