// The digests of ledger changes against values that another program computed (Python's hashlib,
// from the forms in ext/ledger-post.h), and the check of batches.
#include "bankfeed/digest.h"

#include "PluginFolder.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace
{

using Digest = std::array<std::uint8_t, BF_DIGEST_SIZE>;

const std::string postHex = "7c16d98dec3c0735abbfa43fe8393e5ca53aa7057ad33bc1496858953254c8fa";
const std::string amendHex = "46d5be86a3906902b4fe612741c5ff9cb4c9330d72f26156107433c7d6e6ef32";
const std::string noopHex = "423f447b5166880c18b7a6023607a275493cd4cb02116b285b116b0e5dfefbd0";
const std::string chain1Hex = "5e1beb84073fbd3114ca9bb562b3cf206f7c1cb12b2b6002a7b4bda8417ddd9f";
const std::string chain2Hex = "f1edea080c8be9213518d0ae336672a19be012253c27758be434fa3efff61088";
const std::string chain3Hex = "94a41afa4f5c0f763f5215ac94567cdb027486e19528f7f2d6474c3e19e0f4c2";

std::string hex(const std::uint8_t* digest)
{
    static const char* const digits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < BF_DIGEST_SIZE; ++i)
    {
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

bf_change emptyChange()
{
    bf_change change{};
    change.struct_size = sizeof change;
    change.root_key = "";
    change.account_id = "";
    change.counter_account = "";
    change.description = "";
    change.original_description = "";
    change.merchant = "";
    change.category = "";
    return change;
}

bf_change somePost()
{
    bf_change change = emptyChange();
    change.kind = BF_CHANGE_POST;
    change.seq = 1;
    change.root_key = "txn_1";
    change.revision = 1;
    change.account_id = "Assets:Bank";
    change.counter_account = "role:suspense";
    change.amount = {-1234, 2, "USD"};
    std::strcpy(change.booked_on.text, "2026-03-01");
    std::strcpy(change.authorized_on.text, "2026-02-27");
    change.description = "Café 42";
    change.original_description = "CAFE*42  SEATTLE";
    change.merchant = "Café 42";
    change.category = "FOOD_AND_DRINK";
    return change;
}

bf_change someAmend()
{
    static const std::string longest(BF_TEXT_MAX, 'x');
    bf_change change = emptyChange();
    change.kind = BF_CHANGE_AMEND;
    change.seq = 2;
    change.root_key = "txn_1";
    change.revision = 2;
    change.account_id = "Assets:Bank";
    change.counter_account = "role:suspense";
    change.amount = {std::numeric_limits<std::int64_t>::min(), 18, "BTC"};
    std::strcpy(change.booked_on.text, "2026-03-02");
    change.description = longest.c_str();
    return change;
}

bf_change someNoop()
{
    bf_change change = emptyChange();
    change.kind = BF_CHANGE_NOOP;
    change.seq = 3;
    return change;
}

std::string contentHex(const bf_change& change)
{
    Digest digest{};
    CPPUNIT_ASSERT_EQUAL(BF_OK, bf_change_content_digest(&change, digest.data()));
    return hex(digest.data());
}

/// Three changes with right digests, and the batch around them.
struct Batch
{
    // A later version of the struct: longer than ours, so that the stride counts.
    struct Longer
    {
        bf_change change;
        std::uint64_t added;
    };
    std::vector<Longer> changes{{somePost(), 1}, {someAmend(), 2}, {someNoop(), 3}};
    bf_batch batch{};

    Batch()
    {
        batch.struct_size = sizeof batch;
        batch.tenant_id = "tenant";
        batch.feed_id = "feed";
        batch.epoch = 7;
        sign();
    }

    void sign()
    {
        const std::uint8_t* previous = batch.prev_digest;
        for (Longer& each : changes)
        {
            bf_change& change = each.change;
            change.struct_size = sizeof each;
            (void)bf_change_content_digest(&change, change.content_digest);
            bf_chain_next(previous, change.seq, change.content_digest, change.chain_digest);
            previous = change.chain_digest;
        }
    }

    bf_status check(std::uint32_t& bad)
    {
        batch.changes = &changes.front().change;
        batch.change_size = sizeof(Longer);
        batch.change_count = static_cast<std::uint32_t>(changes.size());
        return bf_batch_check(&batch, &bad);
    }
};

} // namespace

class DigestTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DigestTest);
    CPPUNIT_TEST(contentDigestsAreThoseOfAnotherProgram);
    CPPUNIT_TEST(chainDigestsAreThoseOfAnotherProgram);
    CPPUNIT_TEST(everyFieldIsPartOfTheContent);
    CPPUNIT_TEST(aChangeThatCannotBeHashedIsInvalid);
    CPPUNIT_TEST(aRightBatchPasses);
    CPPUNIT_TEST(aWrongDigestIsFoundWithItsIndex);
    CPPUNIT_TEST(aGapIsFoundWithItsIndex);
    CPPUNIT_TEST(aBatchThatBreaksARuleIsInvalid);
    CPPUNIT_TEST(aChangeThatBreaksARuleIsInvalid);
    CPPUNIT_TEST(whoDoesNotAskForTheIndexIsToldTheRest);
    CPPUNIT_TEST(onlyDaysOfTheCalendarAreDates);
    CPPUNIT_TEST(onlyUtf8IsText);
    CPPUNIT_TEST(aNoopCarriesNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void contentDigestsAreThoseOfAnotherProgram()
    {
        CPPUNIT_ASSERT_EQUAL(postHex, contentHex(somePost()));
        CPPUNIT_ASSERT_EQUAL(amendHex, contentHex(someAmend()));
        CPPUNIT_ASSERT_EQUAL(noopHex, contentHex(someNoop()));
    }

    void chainDigestsAreThoseOfAnotherProgram()
    {
        Batch batch;
        CPPUNIT_ASSERT_EQUAL(chain1Hex, hex(batch.changes[0].change.chain_digest));
        CPPUNIT_ASSERT_EQUAL(chain2Hex, hex(batch.changes[1].change.chain_digest));
        CPPUNIT_ASSERT_EQUAL(chain3Hex, hex(batch.changes[2].change.chain_digest));
        Digest out{};
        bf_chain_next(batch.changes[2].change.chain_digest,
            std::numeric_limits<std::uint64_t>::max(), batch.changes[0].change.content_digest,
            out.data());
        CPPUNIT_ASSERT_EQUAL(
            std::string("49215b38bbb5111787d789fc42feef1f38954eb91cce5317ff162d203b2285dd"),
            hex(out.data()));
    }

    void everyFieldIsPartOfTheContent()
    {
        const std::vector<std::function<void(bf_change&)>> edits = {[](bf_change& c)
            { c.kind = BF_CHANGE_AMEND; },
            [](bf_change& c) { c.root_key = "txn_2"; }, [](bf_change& c) { c.revision = 3; },
            [](bf_change& c) { c.account_id = "Assets:Other"; },
            [](bf_change& c) { c.counter_account = "role:opening-balances"; },
            [](bf_change& c) { c.amount.units = 1234; },
            [](bf_change& c) { c.amount.exponent = 3; },
            [](bf_change& c) { std::strcpy(c.amount.currency, "CAD"); },
            [](bf_change& c) { std::strcpy(c.booked_on.text, "2026-03-02"); },
            [](bf_change& c) { c.authorized_on.text[0] = '\0'; },
            [](bf_change& c) { c.description = "Cafe 42"; },
            [](bf_change& c) { c.original_description = ""; },
            [](bf_change& c) { c.merchant = "4,2:"; }, [](bf_change& c) { c.category = "OTHER"; }};
        for (const auto& edit : edits)
        {
            bf_change change = somePost();
            edit(change);
            CPPUNIT_ASSERT(contentHex(change) != postHex);
        }
        bf_change change = somePost();
        change.seq = 99; // belongs to the chain
        change.reserved = 1;
        CPPUNIT_ASSERT_EQUAL(postHex, contentHex(change));
    }

    void aChangeThatCannotBeHashedIsInvalid()
    {
        static const std::string tooLong(BF_TEXT_MAX + 1, 'x');
        const std::vector<std::function<void(bf_change&)>> edits = {
            [](bf_change& c) { c.kind = 0; }, [](bf_change& c) { c.kind = 5; },
            [](bf_change& c) { c.root_key = nullptr; }, [](bf_change& c) { c.category = nullptr; },
            [](bf_change& c) { c.description = tooLong.c_str(); },
            [](bf_change& c) { c.struct_size = 64; },
            [](bf_change& c) { std::memset(c.amount.currency, 'A', sizeof c.amount.currency); },
            [](bf_change& c) { std::memset(c.booked_on.text, '1', sizeof c.booked_on.text); }};
        Digest out{};
        for (const auto& edit : edits)
        {
            bf_change change = somePost();
            edit(change);
            CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, bf_change_content_digest(&change, out.data()));
        }
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, bf_change_content_digest(nullptr, out.data()));
        const bf_change change = somePost();
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, bf_change_content_digest(&change, nullptr));
    }

    void aRightBatchPasses()
    {
        Batch batch;
        std::uint32_t bad = 99;
        CPPUNIT_ASSERT_EQUAL(BF_OK, batch.check(bad));
        batch.batch.flags = BF_BATCH_EPOCH_START;
        CPPUNIT_ASSERT_EQUAL(BF_OK, batch.check(bad));
        Batch later;
        later.batch.prev_digest[3] = 8;
        for (auto& each : later.changes)
            each.change.seq += 1000;
        later.sign();
        CPPUNIT_ASSERT_EQUAL(BF_OK, later.check(bad));
        later.batch.flags = BF_BATCH_EPOCH_START; // begins with zeros
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, later.check(bad));
    }

    void aWrongDigestIsFoundWithItsIndex()
    {
        for (std::uint32_t i = 0; i < 3; ++i)
        {
            std::uint32_t bad = 99;
            Batch content;
            content.changes[i].change.content_digest[31] ^= 1;
            CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, content.check(bad));
            CPPUNIT_ASSERT_EQUAL(i, bad);
            Batch chain;
            chain.changes[i].change.chain_digest[0] ^= 0x80;
            CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, chain.check(bad));
            CPPUNIT_ASSERT_EQUAL(i, bad);
        }
        std::uint32_t bad = 99;
        Batch previous;
        previous.batch.prev_digest[0] = 1;
        CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, previous.check(bad));
        CPPUNIT_ASSERT_EQUAL(0u, bad);
        Batch amount;
        amount.changes[1].change.amount.units += 1;
        CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, amount.check(bad));
        CPPUNIT_ASSERT_EQUAL(1u, bad);
    }

    void aGapIsFoundWithItsIndex()
    {
        for (const std::uint64_t seq : {std::uint64_t{2}, std::uint64_t{4}, std::uint64_t{0}})
        {
            Batch batch;
            batch.changes[2].change.seq = seq;
            batch.sign();
            std::uint32_t bad = 99;
            CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, batch.check(bad));
            CPPUNIT_ASSERT_EQUAL(2u, bad);
        }
        Batch zero;
        for (auto& each : zero.changes)
            each.change.seq -= 1;
        zero.sign();
        std::uint32_t bad = 99;
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, zero.check(bad));
    }

    void aBatchThatBreaksARuleIsInvalid()
    {
        static const std::string longId(BF_ID_MAX + 1, 'x');
        const std::vector<std::function<void(Batch&)>> edits = {
            [](Batch& b) { b.batch.struct_size = 16; }, [](Batch& b) { b.batch.flags = 2; },
            [](Batch& b) { b.batch.tenant_id = nullptr; }, [](Batch& b) { b.batch.feed_id = ""; },
            [](Batch& b) { b.batch.feed_id = longId.c_str(); },
            [](Batch& b) { b.batch.feed_id = "\xff"; },
            [](Batch& b) { b.batch.tenant_id = "a\xc3"; }, [](Batch& b) { b.batch.epoch = 0; }};
        for (const auto& edit : edits)
        {
            Batch batch;
            edit(batch);
            std::uint32_t bad = 99;
            CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, batch.check(bad));
            CPPUNIT_ASSERT_EQUAL(0u, bad);
        }
        Batch batch;
        std::uint32_t bad = 99;
        (void)batch.check(bad);
        batch.batch.change_count = 0;
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, bf_batch_check(&batch.batch, &bad));
        batch.batch.change_count = BF_CHANGES_PER_BATCH_MAX + 1;
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, bf_batch_check(&batch.batch, &bad));
        batch.batch.change_count = 3;
        batch.batch.change_size = sizeof(bf_change) - 8;
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, bf_batch_check(&batch.batch, &bad));
        batch.batch.changes = nullptr;
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, bf_batch_check(&batch.batch, &bad));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, bf_batch_check(nullptr, &bad));
        CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, bf_batch_check(nullptr, nullptr));
    }

    void whoDoesNotAskForTheIndexIsToldTheRest()
    {
        Batch batch;
        std::uint32_t bad = 99;
        (void)batch.check(bad);
        CPPUNIT_ASSERT_EQUAL(BF_OK, bf_batch_check(&batch.batch, nullptr));
        batch.changes[1].change.content_digest[0] ^= 1;
        CPPUNIT_ASSERT_EQUAL(BF_E_CORRUPT, bf_batch_check(&batch.batch, nullptr));
    }

    void onlyDaysOfTheCalendarAreDates()
    {
        const auto statusOf = [](const char* day, bool authorized)
        {
            Batch batch;
            bf_change& change = batch.changes[1].change;
            std::strcpy(authorized ? change.authorized_on.text : change.booked_on.text, day);
            batch.sign();
            std::uint32_t bad = 99;
            return batch.check(bad);
        };
        for (const char* day : {"2026-99-99", "2026-02-30", "2026-02-29", "1900-02-29",
                 "2026-04-31", "2026-00-10", "2026-10-00", "2026-13-01", "0000-01-01"})
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(day, BF_E_INVALID, statusOf(day, false));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(day, BF_E_INVALID, statusOf(day, true));
        }
        for (const char* day :
            {"2024-02-29", "2000-02-29", "2026-12-31", "2026-01-01", "0001-01-01", "9999-12-31"})
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(day, BF_OK, statusOf(day, false));
        }
    }

    void onlyUtf8IsText()
    {
        const auto statusOf = [](const char* text)
        {
            Batch batch;
            batch.changes[1].change.merchant = text;
            batch.sign();
            std::uint32_t bad = 99;
            return batch.check(bad);
        };
        for (const char* text :
            {"", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa9z"})
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, BF_OK, statusOf(text));
        }
        for (const char* text : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(",
                 "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x92",
                 "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xe9z"})
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, BF_E_INVALID, statusOf(text));
        }
    }

    void aNoopCarriesNothing()
    {
        const std::vector<std::function<void(bf_change&)>> edits = {
            [](bf_change& c) { c.revision = 7; }, [](bf_change& c) { c.amount.units = 1; },
            [](bf_change& c) { std::strcpy(c.booked_on.text, "2026-03-01"); },
            [](bf_change& c) { std::strcpy(c.authorized_on.text, "2026-03-01"); },
            [](bf_change& c) { c.merchant = "M"; }};
        for (const auto& edit : edits)
        {
            Batch batch;
            edit(batch.changes[2].change);
            batch.sign();
            std::uint32_t bad = 99;
            CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, batch.check(bad));
            CPPUNIT_ASSERT_EQUAL(2u, bad);
        }
    }

    void aChangeThatBreaksARuleIsInvalid()
    {
        const std::vector<std::function<void(bf_change&)>> edits = {[](bf_change& c)
            { c.revision = 1; },
            [](bf_change& c)
            {
                c.kind = BF_CHANGE_POST;
                c.revision = 0;
            },
            [](bf_change& c) { c.kind = BF_CHANGE_VOID; }, // its amount is not 0
            [](bf_change& c) { c.kind = BF_CHANGE_NOOP; }, // its texts are not ""
            [](bf_change& c) { c.root_key = ""; }, [](bf_change& c) { c.account_id = ""; },
            [](bf_change& c) { c.root_key = "\xff"; }, [](bf_change& c) { c.account_id = "\xc3"; },
            [](bf_change& c) { c.counter_account = ""; },
            [](bf_change& c) { c.counter_account = "x"; },
            [](bf_change& c) { c.amount.exponent = 19; },
            [](bf_change& c) { std::strcpy(c.amount.currency, "\x01\n"); },
            [](bf_change& c) { std::strcpy(c.amount.currency, "US D"); },
            [](bf_change& c) { c.description = "Caf\xe9"; },
            [](bf_change& c) { c.amount.currency[0] = '\0'; },
            [](bf_change& c) { c.booked_on.text[0] = '\0'; },
            [](bf_change& c) { c.booked_on.text[4] = '/'; },
            [](bf_change& c) { std::strcpy(c.authorized_on.text, "yesterday"); }};
        for (const auto& edit : edits)
        {
            Batch batch;
            edit(batch.changes[1].change);
            batch.sign();
            std::uint32_t bad = 99;
            CPPUNIT_ASSERT_EQUAL(BF_E_INVALID, batch.check(bad));
            CPPUNIT_ASSERT_EQUAL(1u, bad);
        }
        Batch batch;
        batch.changes[1].change.kind = BF_CHANGE_VOID;
        batch.changes[1].change.amount.units = 0;
        batch.sign();
        std::uint32_t bad = 99;
        CPPUNIT_ASSERT_EQUAL(BF_OK, batch.check(bad));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DigestTest);
