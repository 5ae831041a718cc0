// Runs every registered test, or those whose path is given.
#include <cppunit/BriefTestProgressListener.h>
#include <cppunit/CompilerOutputter.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/TestRunner.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <csignal>
#include <iostream>
#include <string>

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    CppUnit::TestResult events;
    CppUnit::TestResultCollector results;
    CppUnit::BriefTestProgressListener progress;
    events.addListener(&results);
    events.addListener(&progress);
    CppUnit::TestRunner runner;
    runner.addTest(CppUnit::TestFactoryRegistry::getRegistry().makeTest());
    runner.run(events, argc > 1 ? argv[1] : "");
    CppUnit::CompilerOutputter(&results, std::cerr).write();
    return results.wasSuccessful() && results.runTests() > 0 ? 0 : 1;
}
