// The core writes digests with code of its own, and hosts check them with the loader's. Both must
// say the same of any change.
#include "base/LedgerDigest.h"

#include "bankfeed/digest.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string>

namespace
{

class Random
{
public:
    explicit Random(unsigned seed) : engine_(seed) {}

    std::uint64_t number() { return engine_(); }

    /// Bytes that are not NUL, the marks of netstrings among them.
    std::string text(std::size_t sizeMax)
    {
        static const std::string marks = ":,0123456789-\n\xc3\xa9 ab";
        std::string out(engine_() % (sizeMax + 1), '\0');
        for (char& at : out)
            at = marks[engine_() % marks.size()];
        return out;
    }

private:
    std::mt19937_64 engine_;
};

bankfeed::LedgerChange someChange(Random& random)
{
    bankfeed::LedgerChange change;
    change.seq = random.number();
    change.kind = static_cast<bankfeed::ChangeKind>(1 + random.number() % 4);
    change.rootKey = random.text(63);
    change.revision = static_cast<std::uint32_t>(random.number());
    change.ledgerAccountId = random.text(63);
    change.counterAccount = random.text(63);
    change.units = static_cast<std::int64_t>(random.number());
    change.exponent = static_cast<int>(random.number() % 19);
    change.currency = random.text(11);
    change.bookedOn = random.text(11);
    change.authorizedOn = random.text(11);
    change.description = random.text(BF_TEXT_MAX);
    change.originalDescription = random.text(BF_TEXT_MAX);
    change.merchant = random.text(200);
    change.category = random.text(40);
    return change;
}

bf_change asInTheAbi(const bankfeed::LedgerChange& from)
{
    bf_change change{};
    change.struct_size = sizeof change;
    change.kind = static_cast<std::uint32_t>(from.kind);
    change.seq = from.seq;
    change.root_key = from.rootKey.c_str();
    change.revision = from.revision;
    change.account_id = from.ledgerAccountId.c_str();
    change.counter_account = from.counterAccount.c_str();
    change.amount.units = from.units;
    change.amount.exponent = static_cast<std::uint32_t>(from.exponent);
    std::strcpy(change.amount.currency, from.currency.c_str());
    std::strcpy(change.booked_on.text, from.bookedOn.c_str());
    std::strcpy(change.authorized_on.text, from.authorizedOn.c_str());
    change.description = from.description.c_str();
    change.original_description = from.originalDescription.c_str();
    change.merchant = from.merchant.c_str();
    change.category = from.category.c_str();
    return change;
}

} // namespace

class DigestAgreementTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DigestAgreementTest);
    CPPUNIT_TEST(coreAndLoaderSayTheSameOfAnyChange);
    CPPUNIT_TEST_SUITE_END();

public:
    void coreAndLoaderSayTheSameOfAnyChange()
    {
        const unsigned seed = std::random_device{}();
        const std::string told = "seed " + std::to_string(seed);
        Random random(seed);
        bankfeed::Digest previous{};
        for (int i = 0; i < 500; ++i)
        {
            const auto change = someChange(random);
            const bf_change crossed = asInTheAbi(change);
            const bankfeed::Digest content = bankfeed::contentDigest(change);
            bankfeed::Digest theirs{};
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                told, BF_OK, bf_change_content_digest(&crossed, theirs.data()));
            CPPUNIT_ASSERT_MESSAGE(told, content == theirs);
            const bankfeed::Digest next = bankfeed::nextInChain(previous, change.seq, content);
            bf_chain_next(previous.data(), change.seq, content.data(), theirs.data());
            CPPUNIT_ASSERT_MESSAGE(told, next == theirs);
            previous = next;
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DigestAgreementTest);
