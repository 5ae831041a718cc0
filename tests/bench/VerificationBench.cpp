// B1: the whole check of a webhook, beside the signature alone.
#include "../unit/plaid/ScriptedTransport.h"
#include "../unit/plaid/WebhookForge.h"
#include "plaid/PlaidWebhookVerifier.h"
#include "support/ManualClock.h"
#include "support/MemoryLog.h"

#include <benchmark/benchmark.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <vector>

namespace bankfeed::bench
{

namespace
{

constexpr const char* keyId = "0f6c2b1e-7a54-4d0c-9b38-5e2f1c7d9a60";
const std::string body = R"({
  "environment": "sandbox",
  "historical_update_complete": true,
  "initial_update_complete": true,
  "item_id": "Zk3mQ8vRxWtL5pYn2bHdS7cJfE4gUaKw9NqBo",
  "webhook_code": "SYNC_UPDATES_AVAILABLE",
  "webhook_type": "TRANSACTIONS"
})";

/// A verifier that has the key, and a webhook that it takes.
struct Receiver
{
    Receiver()
    {
        const testing::SigningKey key;
        transport.answer(200, key.answer(keyId));
        const auto now = clock.now();
        token = testing::token(
            key, testing::headerJson(keyId), testing::claimsJson(now.ns / nsPerSecond, body));
    }

    [[nodiscard]] bool takes()
    {
        return verifier.verify({{"Plaid-Verification", token}}, body, clock.now()).ok();
    }

    testing::ScriptedTransport transport;
    testing::ManualClock clock;
    testing::MemoryLog log;
    plaid::WebhookKeyRing ring{transport, clock, log, {}};
    plaid::PlaidWebhookVerifier verifier{ring};
    std::string token;
};

void webhook(benchmark::State& state)
{
    static Receiver receiver; // One for all threads, as in production.
    if (!receiver.takes()) state.SkipWithError("the webhook is refused");
    for (auto _ : state)
    {
        if (!receiver.takes()) state.SkipWithError("the webhook is refused");
    }
    state.SetItemsProcessed(state.iterations());
}

template <class T, void (*release)(T*)>
struct Released
{
    void operator()(T* thing) const { release(thing); }
};
using Key = std::unique_ptr<EVP_PKEY, Released<EVP_PKEY, EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Released<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;

/// What `openssl speed ecdsap256` measures: one key, one context a thread, a digest that is there.
void signature(benchmark::State& state)
{
    static const Key key(EVP_EC_gen("P-256"));
    const std::vector<unsigned char> digest(32, 7);
    std::vector<unsigned char> made(128);
    std::size_t size = made.size();
    const Context signer(EVP_PKEY_CTX_new(key.get(), nullptr));
    const Context verifier(EVP_PKEY_CTX_new(key.get(), nullptr));
    const bool ready =
        EVP_PKEY_sign_init(signer.get()) == 1 &&
        EVP_PKEY_sign(signer.get(), made.data(), &size, digest.data(), digest.size()) == 1 &&
        EVP_PKEY_verify_init(verifier.get()) == 1;
    if (!ready) state.SkipWithError("OpenSSL does not sign");
    for (auto _ : state)
    {
        if (EVP_PKEY_verify(verifier.get(), made.data(), size, digest.data(), digest.size()) != 1)
            state.SkipWithError("OpenSSL refuses its own signature");
    }
    state.SetItemsProcessed(state.iterations());
}

} // namespace

BENCHMARK(webhook)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(signature)->Threads(1)->Threads(2)->UseRealTime();

} // namespace bankfeed::bench
