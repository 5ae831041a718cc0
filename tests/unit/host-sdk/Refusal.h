// Says in a test what the loader must answer.
#pragma once

#include "PluginFolder.h"

#include <cppunit/TestAssert.h>

namespace bankfeed::test
{

/// The answer is this refusal, its status says "no", and its text names `named` and holds a full
/// sentence.
inline void assertRefused(std::int32_t code, const std::string& named, const Answer& answer)
{
    CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.text, code, answer.code);
    CPPUNIT_ASSERT_MESSAGE(answer.text, answer.status < 0);
    CPPUNIT_ASSERT_MESSAGE(
        answer.text + " should name " + named, answer.text.find(named) != std::string::npos);
}

inline void assertAccepted(const Answer& answer)
{
    CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.text, BF_OK, answer.status);
}

} // namespace bankfeed::test
