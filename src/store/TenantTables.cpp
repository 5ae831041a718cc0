#include "store/TenantTables.h"

namespace bankfeed::store
{

namespace
{

constexpr std::string_view ofTenant = "tenant_id = $1";

} // namespace

const std::vector<TenantTable>& tenantTables()
{
    static const std::vector<TenantTable> tables{
        {"balance_proof_past", "tenant_id, bank_account_id, at", ofTenant},
        {"balance_proof", "tenant_id, bank_account_id", ofTenant},
        {"import_batch", "tenant_id, import_id", ofTenant},
        {"bank_change", "connection_id, at, transaction_id", ofTenant},
        {"ledger_fact", "tenant_id, kind, subject", ofTenant},
        {"ledger_event_position", "tenant_id", ofTenant},
        {"outage_sign", "connection_id", ofTenant},
        {"outage", "tenant_id, institution_id", ofTenant},
        {"institution", "tenant_id, institution_id", ofTenant},
        {"outbox", "feed_id, epoch, seq",
            "feed_id IN (SELECT feed_id FROM feed WHERE tenant_id = $1)"},
        {"feed", "feed_id", ofTenant},
        {"sync_stage", "connection_id, loop_id, ordinal",
            "connection_id IN (SELECT connection_id FROM connection WHERE tenant_id = $1)"},
        {"sync_loop", "connection_id", ofTenant},
        {"job", "job_id", "tenant_id = $1 AND kind <> 'erase-tenant'"},
        {"link_session", "session_id", ofTenant},
        {"notice", "notice_id", ofTenant},
        // What waits there is nobody's yet.
        {"inbox", "webhook_id",
            "provider_connection_id IN "
            "(SELECT provider_connection_id FROM connection WHERE tenant_id = $1)"},
        {"inbox", "webhook_id", ofTenant},
        {"bank_transaction", "connection_id, provider_transaction_id",
            "connection_id IN (SELECT connection_id FROM connection WHERE tenant_id = $1)"},
        {"left_out_row", "tenant_id, root_key", ofTenant},
        {"account_link", "link_id", ofTenant},
        {"ledger_account_request", "request_id", ofTenant},
        {"bank_account", "bank_account_id", ofTenant},
        {"ledger_account", "tenant_id, ledger_account_id", ofTenant},
        {"connection", "connection_id", ofTenant},
        {"audit", "tenant_id, seq", ofTenant},
    };
    return tables;
}

const std::vector<std::string_view>& tenantlessTables()
{
    static const std::vector<std::string_view> tables{"meta", "webhook_key", "tenant_erasure"};
    return tables;
}

ErasedRows eraseRows(Unit& unit, const std::string& tenant, std::size_t count)
{
    ErasedRows erased;
    const auto most = static_cast<std::int64_t>(count);
    for (const TenantTable& table : tenantTables())
    {
        if (erased.all >= most) break;
        const std::string name(table.name);
        const std::string key(table.key);
        const std::int64_t gone =
            unit.execute("DELETE FROM " + name + " WHERE (" + key + ") IN (SELECT " + key +
                             " FROM " + name + " WHERE " + std::string(table.where) + " LIMIT $2)",
                {tenant, most - erased.all});
        erased.all += gone;
        if (table.name == "connection") erased.connections += gone;
        if (table.name == "bank_transaction") erased.transactions += gone;
    }
    return erased;
}

} // namespace bankfeed::store
