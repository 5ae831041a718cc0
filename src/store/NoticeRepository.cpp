#include "store/NoticeRepository.h"

#include "base/Ids.h"
#include "base/JsonText.h"
#include "store/AuditRepository.h"
#include "store/TransactionRows.h"

namespace bankfeed::store
{

namespace
{

constexpr const char* columns = "notice_id, kind, subject, severity, params, opened_at";

Notice noticeAt(const Rows& rows, std::size_t i)
{
    return {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.text(i, 4),
        UtcTime{rows.number(i, 5)}};
}

} // namespace

bool NoticeRepository::open(Random& random, std::string_view kind, const std::string& subject,
    std::string_view severity, const std::string& params, UtcTime now)
{
    const auto inserted =
        unit_.execute(R"(INSERT INTO notice (notice_id, tenant_id, kind, subject, severity, params,
            opened_at, cleared_at) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)
        ON CONFLICT (tenant_id, kind, subject) WHERE cleared_at IS NULL DO NOTHING)",
            {newId(random, "ntc"), tenant_, kind, subject, severity, params, now.ns});
    if (inserted > 0)
    {
        AuditRepository(unit_, tenant_)
            .append(now, Actor::system(), "notice.opened", subject,
                JsonObject().text("kind", kind).raw("params", params).json());
        return true;
    }
    unit_.execute(R"(UPDATE notice SET severity = $1, params = $2
        WHERE tenant_id = $3 AND kind = $4 AND subject = $5 AND cleared_at IS NULL)",
        {severity, params, tenant_, kind, subject});
    return false;
}

bool NoticeRepository::clear(std::string_view kind, const std::string& subject, UtcTime now)
{
    return unit_.execute(R"(UPDATE notice SET cleared_at = $1
        WHERE tenant_id = $2 AND kind = $3 AND subject = $4 AND cleared_at IS NULL)",
               {now.ns, tenant_, kind, subject}) > 0;
}

void NoticeRepository::clearEverywhere(
    Unit& unit, std::string_view kind, const std::string& subject, UtcTime now)
{
    unit.execute(
        "UPDATE notice SET cleared_at = $1 WHERE kind = $2 AND subject = $3 AND cleared_at IS NULL",
        {now.ns, kind, subject});
}

bool NoticeRepository::isOpen(std::string_view kind, const std::string& subject)
{
    return !unit_
                .query(R"(SELECT 1 FROM notice
        WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND cleared_at IS NULL)",
                    {tenant_, kind, subject})
                .empty();
}

std::set<std::string> NoticeRepository::openFor(
    std::string_view kind, const std::vector<std::string>& subjects)
{
    std::set<std::string> found;
    if (subjects.empty()) return found;
    const Rows rows = unit_.query(R"(SELECT subject FROM notice
        WHERE tenant_id = $1 AND kind = $2 AND cleared_at IS NULL AND subject IN )" +
                                      elementsOf(unit_, "$3"),
        {tenant_, kind, jsonListOf(subjects)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.insert(rows.text(i, 0));
    return found;
}

bool NoticeRepository::anyOpen(std::string_view kind)
{
    return !unit_
                .query("SELECT 1 FROM notice WHERE tenant_id = $1 AND kind = $2 AND cleared_at IS "
                       "NULL LIMIT 1",
                    {tenant_, kind})
                .empty();
}

std::optional<UtcTime> NoticeRepository::openedAt(std::string_view kind, const std::string& subject)
{
    const Rows rows = unit_.query(R"(SELECT opened_at FROM notice
        WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND cleared_at IS NULL)",
        {tenant_, kind, subject});
    if (rows.empty()) return std::nullopt;
    return UtcTime{rows.number(0, 0)};
}

std::vector<Notice> NoticeRepository::openOnes()
{
    const Rows rows = unit_.query(std::string("SELECT ") + columns + R"( FROM notice
        WHERE tenant_id = $1 AND cleared_at IS NULL
        ORDER BY opened_at DESC, notice_id DESC LIMIT $2)",
        {tenant_, openMost});
    std::vector<Notice> notices;
    for (std::size_t i = 0; i < rows.size(); ++i)
        notices.push_back(noticeAt(rows, i));
    return notices;
}

std::int64_t NoticeRepository::countOpen()
{
    return unit_
        .query("SELECT COUNT(*) FROM notice WHERE tenant_id = $1 AND cleared_at IS NULL", {tenant_})
        .number(0, 0);
}

std::int64_t NoticeRepository::countOpen(std::string_view kind)
{
    return unit_
        .query(
            "SELECT COUNT(*) FROM notice WHERE tenant_id = $1 AND kind = $2 AND cleared_at IS NULL",
            {tenant_, kind})
        .number(0, 0);
}

std::optional<Notice> NoticeRepository::findOpen(const std::string& id)
{
    const Rows rows = unit_.query(std::string("SELECT ") + columns + R"( FROM notice
        WHERE tenant_id = $1 AND notice_id = $2 AND cleared_at IS NULL)",
        {tenant_, id});
    if (rows.empty()) return std::nullopt;
    return noticeAt(rows, 0);
}

void NoticeRepository::prune(Unit& unit, UtcTime before)
{
    unit.execute(R"(DELETE FROM notice WHERE notice_id IN
        (SELECT notice_id FROM notice WHERE cleared_at < $1 LIMIT 500))",
        {before.ns});
}

} // namespace bankfeed::store
