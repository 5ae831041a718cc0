#include "store/InstitutionRepository.h"

#include "store/TransactionRows.h"

#include <sstream>

namespace bankfeed::store
{

namespace
{

std::string joined(const std::vector<std::string>& words)
{
    std::string all;
    for (const std::string& word : words)
        all += (all.empty() ? "" : " ") + word;
    return all;
}

std::vector<std::string> parted(const std::string& text)
{
    std::vector<std::string> words;
    std::istringstream in(text);
    for (std::string word; in >> word;)
        words.push_back(word);
    return words;
}

} // namespace

std::optional<Institution> InstitutionRepository::find(const std::string& id)
{
    const Rows rows =
        unit_.query(R"(SELECT name, countries, oauth, read_at, asked_at FROM institution
        WHERE tenant_id = $1 AND institution_id = $2)",
            {tenant_, id});
    if (rows.empty()) return std::nullopt;
    return Institution{id, rows.text(0, 0), parted(rows.text(0, 1)), rows.number(0, 2) != 0,
        rows.maybeTime(0, 3), UtcTime{rows.number(0, 4)}};
}

std::map<std::string, Institution> InstitutionRepository::ofIds(const std::vector<std::string>& ids)
{
    std::map<std::string, Institution> found;
    if (ids.empty()) return found;
    const Rows rows = unit_.query(
        R"(SELECT institution_id, name, countries, oauth, read_at, asked_at FROM institution
        WHERE tenant_id = $1 AND institution_id IN )" +
            elementsOf(unit_, "$2"),
        {tenant_, jsonListOf(ids)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.emplace(rows.text(i, 0),
            Institution{rows.text(i, 0), rows.text(i, 1), parted(rows.text(i, 2)),
                rows.number(i, 3) != 0, rows.maybeTime(i, 4), UtcTime{rows.number(i, 5)}});
    return found;
}

void InstitutionRepository::save(const Institution& institution)
{
    unit_.execute(R"(INSERT INTO institution
            (tenant_id, institution_id, name, countries, oauth, read_at, asked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (tenant_id, institution_id) DO UPDATE SET name = excluded.name,
            countries = excluded.countries, oauth = excluded.oauth, read_at = excluded.read_at,
            asked_at = excluded.asked_at)",
        {tenant_, institution.id, institution.name, joined(institution.countries),
            institution.oauth, Value(institution.readAt), institution.askedAt});
}

void InstitutionRepository::prune(Unit& unit, UtcTime before)
{
    unit.execute(R"(DELETE FROM institution WHERE (tenant_id, institution_id) IN
        (SELECT tenant_id, institution_id FROM institution WHERE asked_at < $1 LIMIT 500))",
        {before.ns});
}

} // namespace bankfeed::store
