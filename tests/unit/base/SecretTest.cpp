#include "base/Secret.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

using namespace bankfeed;
using namespace std::string_literals;

namespace
{

template <class T, class = void>
struct CanPrint : std::false_type
{
};
template <class T>
struct CanPrint<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<T>())>>
    : std::true_type
{
};

static_assert(!CanPrint<Secret>::value, "a secret must not be printable");
static_assert(!std::is_convertible_v<Secret, std::string>, "a secret must not convert");
static_assert(!std::is_convertible_v<Secret, std::string_view>, "a secret must not convert");
static_assert(
    !std::is_convertible_v<std::string, Secret>, "a text must not become a secret unseen");

} // namespace

class SecretTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SecretTest);
    CPPUNIT_TEST(revealsWhatItHolds);
    CPPUNIT_TEST(comparesByContent);
    CPPUNIT_TEST(movingLeavesNothingBehind);
    CPPUNIT_TEST(destroyingWipesTheBytes);
    CPPUNIT_TEST(wipesAText);
    CPPUNIT_TEST_SUITE_END();

public:
    void revealsWhatItHolds()
    {
        const Secret secret{"a\0b"s};
        CPPUNIT_ASSERT(secret.reveal() == "a\0b"s);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, secret.size());
        CPPUNIT_ASSERT(Secret{}.empty() && !secret.empty());
        Secret copy = secret;
        CPPUNIT_ASSERT(copy.reveal() == secret.reveal());
        copy = Secret{"other"};
        CPPUNIT_ASSERT(copy.reveal() == "other");
        const Secret& self = copy;
        copy = self;
        CPPUNIT_ASSERT(copy.reveal() == "other");
    }

    void comparesByContent()
    {
        CPPUNIT_ASSERT(Secret{"abc"}.equals(Secret{"abc"}));
        CPPUNIT_ASSERT(!Secret{"abc"}.equals(Secret{"abd"}));
        CPPUNIT_ASSERT(!Secret{"abc"}.equals(Secret{"ab"}));
        CPPUNIT_ASSERT(Secret{}.equals(Secret{}));
    }

    void movingLeavesNothingBehind()
    {
        for (const std::string& text : {"short"s, std::string(100, 'x')})
        {
            Secret from{text};
            const char* const memory = from.reveal().data();
            const Secret to = std::move(from);
            CPPUNIT_ASSERT(to.reveal() == text);
            CPPUNIT_ASSERT(std::string_view(memory, text.size()).find_first_not_of('\0') ==
                           std::string_view::npos);
        }
    }

    /// The memory is the test's own, so that looking at it afterwards is allowed.
    void destroyingWipesTheBytes()
    {
        alignas(Secret) static unsigned char place[sizeof(Secret)];
        auto* const secret = new (place) Secret{"canary"}; // Short: kept inside the object.
        const std::string_view seen{reinterpret_cast<const char*>(place), sizeof place};
        CPPUNIT_ASSERT(seen.find("canary") != std::string_view::npos);
        secret->~Secret();
        CPPUNIT_ASSERT(seen.find("canary") == std::string_view::npos);
        CPPUNIT_ASSERT(seen.find("anary") == std::string_view::npos);
    }

    void wipesAText()
    {
        std::string text(50, 'x');
        const char* const memory = text.data();
        wipe(text);
        CPPUNIT_ASSERT(text.empty());
        CPPUNIT_ASSERT_EQUAL('\0', memory[1]);
        wipe(text);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SecretTest);
