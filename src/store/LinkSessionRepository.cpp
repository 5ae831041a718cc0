#include "store/LinkSessionRepository.h"

namespace bankfeed::store
{

namespace
{

constexpr const char* columns =
    "session_id, user_id, user_name, login_hash, purpose, connection_id, state, "
    "link_token_sealed, link_token_hash, hosted_url_sealed, public_token_sealed, return_url, "
    "institution_id, institution_name, duplicate_of, replaces, error_code, error_text, "
    "error_request_id, "
    "created_at, expires_at, exchange_tried, finished_at";

LinkSession sessionAt(const Rows& rows, std::size_t i)
{
    LinkSession found;
    found.id = rows.text(i, 0);
    found.userId = rows.text(i, 1);
    found.userName = rows.text(i, 2);
    found.loginHash = rows.text(i, 3);
    found.purpose = rows.text(i, 4);
    found.connectionId = rows.maybeText(i, 5);
    found.state = rows.text(i, 6);
    found.linkTokenSealed = rows.text(i, 7);
    found.linkTokenHash = rows.text(i, 8);
    found.hostedUrlSealed = rows.text(i, 9);
    found.publicTokenSealed = rows.text(i, 10);
    found.returnUrl = rows.text(i, 11);
    found.institutionId = rows.text(i, 12);
    found.institutionName = rows.text(i, 13);
    found.duplicateOf = rows.text(i, 14);
    found.replaces = rows.text(i, 15);
    found.errorCode = rows.text(i, 16);
    found.errorText = rows.text(i, 17);
    found.errorRequestId = rows.text(i, 18);
    found.createdAt = UtcTime{rows.number(i, 19)};
    found.expiresAt = UtcTime{rows.number(i, 20)};
    found.exchangeTried = rows.number(i, 21) != 0;
    found.finishedAt = rows.maybeTime(i, 22);
    return found;
}

} // namespace

bool LinkSessionRepository::insert(const LinkSession& s)
{
    return unit_.execute(std::string("INSERT INTO link_session (tenant_id, ") + columns +
                             R"() VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
            $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
            ON CONFLICT DO NOTHING)",
               {tenant_, s.id, s.userId, s.userName, s.loginHash, s.purpose, Value(s.connectionId),
                   s.state, s.linkTokenSealed, s.linkTokenHash, s.hostedUrlSealed,
                   s.publicTokenSealed, s.returnUrl, s.institutionId, s.institutionName,
                   s.duplicateOf, s.replaces, s.errorCode, s.errorText, s.errorRequestId,
                   s.createdAt.ns, s.expiresAt.ns, s.exchangeTried, Value(s.finishedAt)}) > 0;
}

std::vector<LinkSession> LinkSessionRepository::where(
    const std::string& condition, const std::string& parameter)
{
    const Rows rows = unit_.query(std::string("SELECT ") + columns +
                                      " FROM link_session WHERE tenant_id = $1 AND " + condition,
        {tenant_, parameter});
    std::vector<LinkSession> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back(sessionAt(rows, i));
    return found;
}

std::optional<LinkSession> LinkSessionRepository::find(const std::string& id)
{
    const auto found = where("session_id = $2", id);
    if (found.empty()) return std::nullopt;
    return found.front();
}

std::optional<LinkSession> LinkSessionRepository::lock(const std::string& id)
{
    const auto found = where("session_id = $2" + std::string(unit_.forUpdate()), id);
    if (found.empty()) return std::nullopt;
    return found.front();
}

std::optional<LinkSession> LinkSessionRepository::unfinishedOf(const std::string& connectionId)
{
    const auto found = where("connection_id = $2 AND finished_at IS NULL", connectionId);
    if (found.empty()) return std::nullopt;
    return found.front();
}

std::vector<LinkSession> LinkSessionRepository::unfinishedConnects(const std::string& userId)
{
    return where("user_id = $2 AND purpose = 'connect' AND finished_at IS NULL "
                 "ORDER BY created_at DESC, session_id LIMIT 100",
        userId);
}

std::int64_t LinkSessionRepository::countUnfinished()
{
    return unit_
        .query("SELECT COUNT(*) FROM link_session WHERE tenant_id = $1 AND finished_at IS NULL",
            {tenant_})
        .number(0, 0);
}

std::int64_t LinkSessionRepository::countBegun(
    const std::string& userId, const std::optional<std::string>& connectionId, UtcTime after)
{
    return unit_
        .query(R"(SELECT COUNT(*) FROM link_session WHERE tenant_id = $1 AND created_at > $2
            AND user_id = $3 AND state <> 'done'
            AND COALESCE(connection_id, '') = $4)",
            {tenant_, after.ns, userId, connectionId.value_or("")})
        .number(0, 0);
}

void LinkSessionRepository::update(const LinkSession& s)
{
    unit_.execute(R"(UPDATE link_session SET connection_id = $1, state = $2,
            link_token_sealed = $3, link_token_hash = $4, hosted_url_sealed = $5,
            public_token_sealed = $6, institution_id = $7, institution_name = $8,
            duplicate_of = $9, replaces = $10, error_code = $11, error_text = $12,
            error_request_id = $13, expires_at = $14, exchange_tried = $15, finished_at = $16,
            purpose = $17
        WHERE tenant_id = $18 AND session_id = $19)",
        {Value(s.connectionId), s.state, s.linkTokenSealed, s.linkTokenHash, s.hostedUrlSealed,
            s.publicTokenSealed, s.institutionId, s.institutionName, s.duplicateOf, s.replaces,
            s.errorCode, s.errorText, s.errorRequestId, s.expiresAt.ns, s.exchangeTried,
            Value(s.finishedAt), s.purpose, tenant_, s.id});
}

bool LinkSessionRepository::accountsChosenSince(const std::string& connectionId, UtcTime since)
{
    return !unit_
                .query(R"(SELECT 1 FROM link_session WHERE tenant_id = $1 AND connection_id = $2
            AND purpose = 'add_accounts' AND state = 'done' AND finished_at >= $3 LIMIT 1)",
                    {tenant_, connectionId, since.ns})
                .empty();
}

bool LinkSessionRepository::loggedInSince(const std::string& connectionId, UtcTime since)
{
    return !unit_
                .query(R"(SELECT 1 FROM link_session WHERE tenant_id = $1 AND connection_id = $2
            AND state = 'done' AND finished_at >= $3 LIMIT 1)",
                    {tenant_, connectionId, since.ns})
                .empty();
}

void LinkSessionRepository::prune(Unit& unit, UtcTime before)
{
    unit.execute(R"(DELETE FROM link_session WHERE session_id IN
        (SELECT session_id FROM link_session WHERE finished_at < $1 LIMIT 500))",
        {before.ns});
}

} // namespace bankfeed::store
