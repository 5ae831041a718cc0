// A host, and at the end of each test the question whether the plugin kept the rules and its
// secrets.
#pragma once

#include "HostedPlugin.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>

namespace bankfeed::testing
{

class PluginFixture : public CppUnit::TestFixture
{
public:
    void setUp() override { host = std::make_unique<FakeHost>(); }

    void tearDown() override
    {
        const auto broken = host->brokenRules();
        const auto leaks = host->leaks();
        host.reset();
        CPPUNIT_ASSERT_MESSAGE(broken.empty() ? "" : broken.front(), broken.empty());
        CPPUNIT_ASSERT_MESSAGE(
            leaks.empty() ? "" : "a secret was given away: " + leaks.front(), leaks.empty());
    }

protected:
    /// All that the specification names, and some that it does not.
    static constexpr std::array<bf_status, 16> everyStatus{BF_OK, BF_ALREADY, BF_E_INVALID,
        BF_E_UNSUPPORTED, BF_E_NOT_FOUND, BF_E_CONFLICT, BF_E_RETRY, BF_E_REJECTED, BF_E_DENIED,
        BF_E_EXHAUSTED, BF_E_CORRUPT, BF_E_STOPPING, BF_E_INTERNAL, 2, 1'000, -1'000};

    /// Fails unless the answer has this status and its text holds `word`.
    static void assertRefused(const Answer& answer, bf_status status, const std::string& word)
    {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.text, status, answer.status);
        CPPUNIT_ASSERT_MESSAGE(answer.text, answer.text.find(word) != std::string::npos);
    }
    static void assertOk(const Answer& answer)
    {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.text, BF_OK, static_cast<int>(answer.status));
    }

    /// Entries of a folder: threads of "/proc/self/task", open files of "/proc/self/fd".
    static std::size_t countOf(const std::string& folder)
    {
        namespace fs = std::filesystem;
        const auto entries =
            std::distance(fs::directory_iterator(folder), fs::directory_iterator());
        return static_cast<std::size_t>(entries);
    }

    std::unique_ptr<FakeHost> host;
};

/// With a plugin that runs from the beginning of a test to its end.
class RunningPluginFixture : public PluginFixture
{
public:
    void setUp() override
    {
        PluginFixture::setUp();
        prepare();
        plugin_ = std::make_unique<HostedPlugin>(*host);
        plugin_->run();
    }
    void tearDown() override
    {
        plugin_.reset();
        PluginFixture::tearDown();
    }

protected:
    /// What the host has before the plugin is there.
    virtual void prepare() {}

    std::unique_ptr<HostedPlugin> plugin_;
};

} // namespace bankfeed::testing
