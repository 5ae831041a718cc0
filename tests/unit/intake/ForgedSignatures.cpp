// Forgeries of the token's signature.
#include "Forgeries.h"

namespace bankfeed::testing
{

namespace
{

using namespace std::string_literals;

/// Above the order of the group: its upper half is all ones.
std::string aboveOrder(Forger& f)
{
    return std::string(8, '\xFF') + f.bytes(24);
}

const std::string zero(32, '\0');

} // namespace

std::vector<Forgery> forgedSignatures()
{
    const auto raw = [](const Forger& f) { return f.key.sign(f.signedPart()); };
    return {
        {"empty signature", [](Forger& f) { return f.send(f.signedPart() + "."); }},
        {"short signature",
            [=](Forger& f) { return f.sendSignature(raw(f).substr(0, 1 + f.below(63))); }},
        {"long signature",
            [=](Forger& f) { return f.sendSignature(raw(f) + f.bytes(1 + f.below(64))); }},
        {"halves padded with zeros",
            [=](Forger& f)
            {
                const auto s = raw(f);
                return f.sendSignature("\0"s + s.substr(0, 32) + "\0"s + s.substr(32));
            }},
        {"DER", [](Forger& f) { return f.sendSignature(f.key.signDer(f.signedPart())); }},
        {"DER of 64 bytes' length",
            [](Forger& f)
            {
                auto s = f.key.signDer(f.signedPart());
                s.resize(64);
                return f.sendSignature(s);
            }},
        {"all zero", [](Forger& f) { return f.sendSignature(zero + zero); }},
        {"r zero", [=](Forger& f) { return f.sendSignature(zero + raw(f).substr(32)); }},
        {"s zero", [=](Forger& f) { return f.sendSignature(raw(f).substr(0, 32) + zero); }},
        {"r above the order",
            [=](Forger& f) { return f.sendSignature(aboveOrder(f) + raw(f).substr(32)); }},
        {"s above the order",
            [=](Forger& f) { return f.sendSignature(raw(f).substr(0, 32) + aboveOrder(f)); }},
        {"halves swapped",
            [=](Forger& f)
            {
                const auto s = raw(f);
                return f.sendSignature(s.substr(32) + s.substr(0, 32));
            }},
        {"bit flipped",
            [=](Forger& f)
            {
                auto s = raw(f);
                char& byte = s[f.below(64)];
                byte = static_cast<char>(byte ^ (1 << f.below(8)));
                return f.sendSignature(s);
            }},
        {"random bytes", [](Forger& f) { return f.sendSignature(f.bytes(64)); }},
        {"another key's",
            [](Forger& f) { return f.sendSignature(f.stranger.sign(f.signedPart())); }},
        {"over another header",
            [](Forger& f)
            {
                return f.sendSignature(
                    f.key.sign(base64Url(headerJson(f.uuid())) + "." + base64Url(f.claims())));
            }},
        {"over other claims",
            [](Forger& f)
            {
                return f.sendSignature(f.key.sign(
                    base64Url(f.header()) + "." + base64Url(claimsJson(f.issuedAt - 1, f.body))));
            }},
        {"over the decoded text",
            [](Forger& f) { return f.sendSignature(f.key.sign(f.header() + "." + f.claims())); }},
        {"over the header alone",
            [](Forger& f) { return f.sendSignature(f.key.sign(base64Url(f.header()))); }},
        {"over the body", [](Forger& f) { return f.sendSignature(f.key.sign(f.body)); }},
    };
}

} // namespace bankfeed::testing
