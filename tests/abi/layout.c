/* Prints where every member of every struct of the ABI lies, a line each: "struct.member offset
 * size". The test compares the lines with layout.golden, which may only grow.
 *
 * The structs have no padding, so a member that was forgotten here shows as a gap, and this program
 * fails. */
#include <bankfeed/bankfeed.h>
#include <bankfeed/loader.h>

#include <stdio.h>

static size_t expected; /* offset of the next member */
static int failed;

static void show(const char* type, const char* member, size_t offset, size_t size)
{
    if (offset != expected)
    {
        (void)fprintf(
            stderr, "%s: something lies before %s that this program does not list\n", type, member);
        failed = 1;
    }
    expected = offset + size;
    (void)printf("%s.%s %zu %zu\n", type, member, offset, size);
}

static void end(const char* type, size_t size)
{
    if (size != expected)
    {
        (void)fprintf(stderr, "%s: members at the end that this program does not list\n", type);
        failed = 1;
    }
}

#define BEGIN(type) expected = 0
#define MEMBER(type, member)                                                                       \
    show(#type, #member, offsetof(type, member), sizeof(((type*)0)->member))
#define END(type) end(#type, sizeof(type))
/* Used by value or in arrays without a stride: this one cannot grow either. */
#define END_FROZEN(type)                                                                           \
    END(type);                                                                                     \
    (void)printf("%s frozen at %zu\n", #type, sizeof(type))

static void core(void)
{
    BEGIN(bf_error);
    MEMBER(bf_error, struct_size);
    MEMBER(bf_error, code);
    MEMBER(bf_error, retryable);
    MEMBER(bf_error, retry_after_ms);
    MEMBER(bf_error, text);
    END(bf_error);
    BEGIN(bf_bytes);
    MEMBER(bf_bytes, data);
    MEMBER(bf_bytes, size);
    END_FROZEN(bf_bytes);
    BEGIN(bf_sink);
    MEMBER(bf_sink, ctx);
    MEMBER(bf_sink, write);
    END_FROZEN(bf_sink);
    BEGIN(bf_money);
    MEMBER(bf_money, units);
    MEMBER(bf_money, exponent);
    MEMBER(bf_money, currency);
    END_FROZEN(bf_money);
    BEGIN(bf_date);
    MEMBER(bf_date, text);
    END_FROZEN(bf_date);
    BEGIN(bf_host);
    MEMBER(bf_host, struct_size);
    MEMBER(bf_host, abi_minor);
    MEMBER(bf_host, ctx);
    MEMBER(bf_host, name);
    MEMBER(bf_host, version);
    MEMBER(bf_host, host_id);
    MEMBER(bf_host, plugin_dir);
    MEMBER(bf_host, get_extension);
    END(bf_host);
    BEGIN(bf_plugin);
    MEMBER(bf_plugin, struct_size);
    MEMBER(bf_plugin, abi_minor);
    MEMBER(bf_plugin, ctx);
    MEMBER(bf_plugin, start);
    MEMBER(bf_plugin, stop);
    MEMBER(bf_plugin, destroy);
    MEMBER(bf_plugin, get_extension);
    END(bf_plugin);
    BEGIN(bf_entry);
    MEMBER(bf_entry, struct_size);
    MEMBER(bf_entry, abi_minor);
    MEMBER(bf_entry, plugin_id);
    MEMBER(bf_entry, plugin_version);
    MEMBER(bf_entry, create);
    END(bf_entry);
}

static void feeds(void)
{
    BEGIN(bf_feed_status);
    MEMBER(bf_feed_status, struct_size);
    MEMBER(bf_feed_status, state);
    MEMBER(bf_feed_status, feed_id);
    MEMBER(bf_feed_status, institution);
    MEMBER(bf_feed_status, bank_account);
    MEMBER(bf_feed_status, bank_balance);
    MEMBER(bf_feed_status, balance_as_of_utc_ns);
    END(bf_feed_status);
    BEGIN(bf_tick_result);
    MEMBER(bf_tick_result, struct_size);
    MEMBER(bf_tick_result, remaining);
    END(bf_tick_result);
    BEGIN(bf_plugin_account_sync);
    MEMBER(bf_plugin_account_sync, struct_size);
    MEMBER(bf_plugin_account_sync, reserved);
    MEMBER(bf_plugin_account_sync, tick);
    MEMBER(bf_plugin_account_sync, feed_status);
    MEMBER(bf_plugin_account_sync, sync_now);
    END(bf_plugin_account_sync);
    BEGIN(bf_pump_result);
    MEMBER(bf_pump_result, struct_size);
    MEMBER(bf_pump_result, remaining);
    MEMBER(bf_pump_result, delivered);
    MEMBER(bf_pump_result, feeds_held);
    END(bf_pump_result);
    BEGIN(bf_plugin_delivery);
    MEMBER(bf_plugin_delivery, struct_size);
    MEMBER(bf_plugin_delivery, reserved);
    MEMBER(bf_plugin_delivery, pump);
    END(bf_plugin_delivery);
    BEGIN(bf_plugin_health);
    MEMBER(bf_plugin_health, struct_size);
    MEMBER(bf_plugin_health, reserved);
    MEMBER(bf_plugin_health, live);
    MEMBER(bf_plugin_health, report);
    END(bf_plugin_health);
    BEGIN(bf_migration_status);
    MEMBER(bf_migration_status, struct_size);
    MEMBER(bf_migration_status, current);
    MEMBER(bf_migration_status, target);
    MEMBER(bf_migration_status, reserved);
    END(bf_migration_status);
    BEGIN(bf_plugin_migrations);
    MEMBER(bf_plugin_migrations, struct_size);
    MEMBER(bf_plugin_migrations, reserved);
    MEMBER(bf_plugin_migrations, status);
    MEMBER(bf_plugin_migrations, apply);
    END(bf_plugin_migrations);
}

static void services(void)
{
    BEGIN(bf_host_clock);
    MEMBER(bf_host_clock, struct_size);
    MEMBER(bf_host_clock, reserved);
    MEMBER(bf_host_clock, utc_ns);
    MEMBER(bf_host_clock, mono_ns);
    END(bf_host_clock);
    BEGIN(bf_host_config);
    MEMBER(bf_host_config, struct_size);
    MEMBER(bf_host_config, reserved);
    MEMBER(bf_host_config, get);
    MEMBER(bf_host_config, revision);
    END(bf_host_config);
    BEGIN(bf_host_data_dir);
    MEMBER(bf_host_data_dir, struct_size);
    MEMBER(bf_host_data_dir, reserved);
    MEMBER(bf_host_data_dir, path);
    END(bf_host_data_dir);
    BEGIN(bf_host_log);
    MEMBER(bf_host_log, struct_size);
    MEMBER(bf_host_log, reserved);
    MEMBER(bf_host_log, write);
    END(bf_host_log);
    BEGIN(bf_host_secrets);
    MEMBER(bf_host_secrets, struct_size);
    MEMBER(bf_host_secrets, reserved);
    MEMBER(bf_host_secrets, get);
    MEMBER(bf_host_secrets, put);
    END(bf_host_secrets);
    BEGIN(bf_host_wake);
    MEMBER(bf_host_wake, struct_size);
    MEMBER(bf_host_wake, reserved);
    MEMBER(bf_host_wake, wake);
    END(bf_host_wake);
}

static void http(void)
{
    BEGIN(bf_route);
    MEMBER(bf_route, struct_size);
    MEMBER(bf_route, route_id);
    MEMBER(bf_route, path);
    MEMBER(bf_route, flags);
    MEMBER(bf_route, body_max);
    END(bf_route);
    BEGIN(bf_host_http_routes);
    MEMBER(bf_host_http_routes, struct_size);
    MEMBER(bf_host_http_routes, reserved);
    MEMBER(bf_host_http_routes, register_route);
    MEMBER(bf_host_http_routes, public_url);
    END(bf_host_http_routes);
    BEGIN(bf_principal);
    MEMBER(bf_principal, struct_size);
    MEMBER(bf_principal, capabilities);
    MEMBER(bf_principal, tenant_id);
    MEMBER(bf_principal, user_id);
    MEMBER(bf_principal, user_name);
    MEMBER(bf_principal, session_id);
    MEMBER(bf_principal, last_strong_login_utc_ns);
    END(bf_principal);
    BEGIN(bf_header);
    MEMBER(bf_header, name);
    MEMBER(bf_header, value);
    END_FROZEN(bf_header);
    BEGIN(bf_http_request);
    MEMBER(bf_http_request, struct_size);
    MEMBER(bf_http_request, route_id);
    MEMBER(bf_http_request, method);
    MEMBER(bf_http_request, path);
    MEMBER(bf_http_request, query);
    MEMBER(bf_http_request, headers);
    MEMBER(bf_http_request, header_size);
    MEMBER(bf_http_request, header_count);
    MEMBER(bf_http_request, body);
    MEMBER(bf_http_request, remote_address);
    MEMBER(bf_http_request, received_utc_ns);
    MEMBER(bf_http_request, principal);
    END(bf_http_request);
    BEGIN(bf_http_response);
    MEMBER(bf_http_response, struct_size);
    MEMBER(bf_http_response, reserved);
    MEMBER(bf_http_response, ctx);
    MEMBER(bf_http_response, set_status);
    MEMBER(bf_http_response, add_header);
    MEMBER(bf_http_response, write);
    END(bf_http_response);
    BEGIN(bf_plugin_http);
    MEMBER(bf_plugin_http, struct_size);
    MEMBER(bf_plugin_http, reserved);
    MEMBER(bf_plugin_http, handle);
    END(bf_plugin_http);
}

static void ledger_accounts(void)
{
    BEGIN(bf_ledger_account);
    MEMBER(bf_ledger_account, struct_size);
    MEMBER(bf_ledger_account, type);
    MEMBER(bf_ledger_account, account_id);
    MEMBER(bf_ledger_account, name);
    MEMBER(bf_ledger_account, flags);
    MEMBER(bf_ledger_account, exponent);
    MEMBER(bf_ledger_account, balance);
    MEMBER(bf_ledger_account, last_entry_on);
    MEMBER(bf_ledger_account, reserved);
    END(bf_ledger_account);
    BEGIN(bf_ledger_account_request);
    MEMBER(bf_ledger_account_request, struct_size);
    MEMBER(bf_ledger_account_request, type);
    MEMBER(bf_ledger_account_request, idempotency_key);
    MEMBER(bf_ledger_account_request, name);
    MEMBER(bf_ledger_account_request, exponent);
    MEMBER(bf_ledger_account_request, reserved);
    MEMBER(bf_ledger_account_request, currency);
    MEMBER(bf_ledger_account_request, reserved2);
    END(bf_ledger_account_request);
    BEGIN(bf_host_ledger_accounts);
    MEMBER(bf_host_ledger_accounts, struct_size);
    MEMBER(bf_host_ledger_accounts, reserved);
    MEMBER(bf_host_ledger_accounts, visit_tenants);
    MEMBER(bf_host_ledger_accounts, list);
    MEMBER(bf_host_ledger_accounts, create);
    END(bf_host_ledger_accounts);
}

static void ledger_events(void)
{
    BEGIN(bf_event);
    MEMBER(bf_event, struct_size);
    MEMBER(bf_event, kind);
    MEMBER(bf_event, event_id);
    MEMBER(bf_event, subject);
    MEMBER(bf_event, into);
    MEMBER(bf_event, state);
    MEMBER(bf_event, revision);
    MEMBER(bf_event, through);
    MEMBER(bf_event, reserved);
    END(bf_event);
    BEGIN(bf_event_batch);
    MEMBER(bf_event_batch, struct_size);
    MEMBER(bf_event_batch, flags);
    MEMBER(bf_event_batch, tenant_id);
    MEMBER(bf_event_batch, after_id);
    MEMBER(bf_event_batch, events);
    MEMBER(bf_event_batch, event_size);
    MEMBER(bf_event_batch, event_count);
    END(bf_event_batch);
    BEGIN(bf_event_position);
    MEMBER(bf_event_position, struct_size);
    MEMBER(bf_event_position, retelling);
    MEMBER(bf_event_position, event_id);
    END(bf_event_position);
    BEGIN(bf_plugin_ledger_events);
    MEMBER(bf_plugin_ledger_events, struct_size);
    MEMBER(bf_plugin_ledger_events, reserved);
    MEMBER(bf_plugin_ledger_events, position);
    MEMBER(bf_plugin_ledger_events, tell);
    END(bf_plugin_ledger_events);
}

static void ledger_post(void)
{
    BEGIN(bf_change);
    MEMBER(bf_change, struct_size);
    MEMBER(bf_change, kind);
    MEMBER(bf_change, seq);
    MEMBER(bf_change, root_key);
    MEMBER(bf_change, revision);
    MEMBER(bf_change, reserved);
    MEMBER(bf_change, account_id);
    MEMBER(bf_change, counter_account);
    MEMBER(bf_change, amount);
    MEMBER(bf_change, booked_on);
    MEMBER(bf_change, authorized_on);
    MEMBER(bf_change, description);
    MEMBER(bf_change, original_description);
    MEMBER(bf_change, merchant);
    MEMBER(bf_change, category);
    MEMBER(bf_change, content_digest);
    MEMBER(bf_change, chain_digest);
    END(bf_change);
    BEGIN(bf_batch);
    MEMBER(bf_batch, struct_size);
    MEMBER(bf_batch, flags);
    MEMBER(bf_batch, tenant_id);
    MEMBER(bf_batch, feed_id);
    MEMBER(bf_batch, epoch);
    MEMBER(bf_batch, prev_digest);
    MEMBER(bf_batch, changes);
    MEMBER(bf_batch, change_size);
    MEMBER(bf_batch, change_count);
    END(bf_batch);
    BEGIN(bf_change_result);
    MEMBER(bf_change_result, struct_size);
    MEMBER(bf_change_result, outcome);
    MEMBER(bf_change_result, reason);
    MEMBER(bf_change_result, reserved);
    END(bf_change_result);
    BEGIN(bf_watermark);
    MEMBER(bf_watermark, struct_size);
    MEMBER(bf_watermark, present);
    MEMBER(bf_watermark, epoch);
    MEMBER(bf_watermark, last_seq);
    MEMBER(bf_watermark, chain_digest);
    END(bf_watermark);
    BEGIN(bf_head);
    MEMBER(bf_head, struct_size);
    MEMBER(bf_head, revision);
    MEMBER(bf_head, content_digest);
    END(bf_head);
    BEGIN(bf_booked);
    MEMBER(bf_booked, struct_size);
    MEMBER(bf_booked, revision);
    MEMBER(bf_booked, kind);
    MEMBER(bf_booked, state);
    MEMBER(bf_booked, root_key);
    MEMBER(bf_booked, account_id);
    MEMBER(bf_booked, amount);
    MEMBER(bf_booked, booked_on);
    MEMBER(bf_booked, reserved);
    MEMBER(bf_booked, description);
    MEMBER(bf_booked, original_description);
    MEMBER(bf_booked, content_digest);
    END(bf_booked);
    BEGIN(bf_host_ledger_post);
    MEMBER(bf_host_ledger_post, struct_size);
    MEMBER(bf_host_ledger_post, reserved);
    MEMBER(bf_host_ledger_post, get_watermark);
    MEMBER(bf_host_ledger_post, post_batch);
    MEMBER(bf_host_ledger_post, find_heads);
    MEMBER(bf_host_ledger_post, visit_entries);
    END(bf_host_ledger_post);
}

static void loader(void)
{
    BEGIN(bf_manifest);
    MEMBER(bf_manifest, struct_size);
    MEMBER(bf_manifest, abi_minor_min);
    MEMBER(bf_manifest, id);
    MEMBER(bf_manifest, version);
    MEMBER(bf_manifest, title);
    MEMBER(bf_manifest, library);
    MEMBER(bf_manifest, route_prefix);
    MEMBER(bf_manifest, outbound);
    MEMBER(bf_manifest, secrets);
    MEMBER(bf_manifest, settings);
    MEMBER(bf_manifest, required);
    MEMBER(bf_manifest, outbound_count);
    MEMBER(bf_manifest, secret_count);
    MEMBER(bf_manifest, setting_count);
    MEMBER(bf_manifest, required_count);
    MEMBER(bf_manifest, request_concurrency);
    MEMBER(bf_manifest, body_max);
    END(bf_manifest);
}

int main(void)
{
    core();
    feeds();
    services();
    http();
    ledger_accounts();
    ledger_events();
    ledger_post();
    loader();
    return failed;
}
