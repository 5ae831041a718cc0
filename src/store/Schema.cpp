#include "store/Schema.h"

namespace bankfeed::store
{

namespace
{

// Types are those that both engines share: BIGINT and TEXT. Times are UTC nanoseconds, dates
// "YYYY-MM-DD", flags 0 and 1, digests hexadecimal. Columns named *_sealed are encrypted
// (TokenVault). "exact" is the decimal text of the bank.
const std::vector<std::string_view> step1{
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",

    // One bank login shared with us. replaces: the connection whose place it takes, "" for none.
    R"(CREATE TABLE connection (
        connection_id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        provider TEXT NOT NULL,
        provider_connection_id TEXT NOT NULL,
        institution_id TEXT NOT NULL,
        institution_name TEXT NOT NULL,
        access_token_sealed TEXT NOT NULL,
        state TEXT NOT NULL,
        state_reason TEXT NOT NULL,
        consent_ends_at BIGINT,
        paused_at BIGINT,
        paused_by TEXT NOT NULL,
        cursor TEXT NOT NULL,
        history TEXT NOT NULL,
        generation BIGINT NOT NULL,
        new_accounts_since BIGINT,
        created_at BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        replaces TEXT NOT NULL,
        last_attempt_at BIGINT,
        last_success_at BIGINT,
        last_bank_update_at BIGINT,
        last_webhook_at BIGINT,
        error_code TEXT NOT NULL,
        error_text TEXT NOT NULL,
        error_request_id TEXT NOT NULL,
        removed_at BIGINT,
        bank_asked_at BIGINT,
        bank_ask_refused TEXT NOT NULL DEFAULT '',
        announced_at BIGINT,
        announced_end_at BIGINT,
        webhook_told TEXT,
        webhook_told_at BIGINT,
        state_by_reading BIGINT NOT NULL DEFAULT 0,
        error_of TEXT NOT NULL DEFAULT '',
        sync_failed BIGINT NOT NULL DEFAULT 0,
        doubles TEXT NOT NULL DEFAULT '',
        balances_asked_at BIGINT,
        balances_refused BIGINT NOT NULL DEFAULT 0,
        balances_live_at BIGINT,
        balances_error_code TEXT NOT NULL DEFAULT '',
        balances_error_text TEXT NOT NULL DEFAULT '',
        balances_error_request_id TEXT NOT NULL DEFAULT '',
        last_sync_at BIGINT,
        last_sync_added BIGINT NOT NULL DEFAULT 0,
        last_sync_modified BIGINT NOT NULL DEFAULT 0,
        last_sync_removed BIGINT NOT NULL DEFAULT 0,
        last_sync_held BIGINT NOT NULL DEFAULT 0,
        last_sync_booked BIGINT NOT NULL DEFAULT 0,
        UNIQUE (provider, provider_connection_id)))",
    "CREATE INDEX connection_tenant ON connection (tenant_id, created_at)",
    "CREATE INDEX connection_due ON connection (state, last_attempt_at)",
    "CREATE INDEX connection_replaces ON connection (tenant_id, replaces) WHERE replaces <> ''",

    // An account at the bank as the provider shows it. feed_id survives re-links: an account that
    // takes the place of another in the books goes on with its feed, and both have it from then on;
    // provider_account_id does not.
    R"(CREATE TABLE bank_account (
        bank_account_id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        connection_id TEXT NOT NULL,
        provider_account_id TEXT NOT NULL,
        persistent_id TEXT NOT NULL,
        feed_id TEXT NOT NULL,
        name TEXT NOT NULL,
        official_name TEXT NOT NULL,
        mask TEXT NOT NULL,
        type TEXT NOT NULL,
        subtype TEXT NOT NULL,
        currency TEXT NOT NULL,
        exponent BIGINT NOT NULL,
        currency_official BIGINT NOT NULL,
        feedable BIGINT NOT NULL,
        balance_exact TEXT,
        available_exact TEXT,
        balance_as_of BIGINT,
        state TEXT NOT NULL,
        missing_since BIGINT,
        origin TEXT NOT NULL,
        first_seen_at BIGINT NOT NULL,
        decision TEXT NOT NULL,
        decided_by TEXT NOT NULL,
        decided_at BIGINT,
        UNIQUE (connection_id, provider_account_id)))",
    "CREATE INDEX bank_account_tenant ON bank_account (tenant_id, connection_id)",
    "CREATE INDEX bank_account_feed ON bank_account (feed_id)",

    // The host's accounts, mirrored so that requests need no host call.
    R"(CREATE TABLE ledger_account (
        tenant_id TEXT NOT NULL,
        ledger_account_id TEXT NOT NULL,
        name TEXT NOT NULL,
        type BIGINT NOT NULL,
        is_open BIGINT NOT NULL,
        feedable BIGINT NOT NULL,
        currency TEXT NOT NULL,
        exponent BIGINT NOT NULL,
        balance_units BIGINT NOT NULL,
        last_entry_on TEXT NOT NULL,
        seen_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, ledger_account_id)))",

    // Ledger accounts that people asked for and the host has yet to make. request_id is the
    // idempotency key.
    R"(CREATE TABLE ledger_account_request (
        request_id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        link_id TEXT NOT NULL,
        name TEXT NOT NULL,
        type BIGINT NOT NULL,
        currency TEXT NOT NULL,
        exponent BIGINT NOT NULL,
        state TEXT NOT NULL,
        ledger_account_id TEXT NOT NULL,
        error_text TEXT NOT NULL,
        created_at BIGINT NOT NULL))",
    "CREATE INDEX ledger_account_request_waiting ON ledger_account_request (state, created_at)",

    // Which ledger account a bank account feeds: at most one each way at any time.
    // ledger_account_id is NULL until the host has made the account. continues: the link of another
    // bank account whose feed it went on with, "" for none.
    R"(CREATE TABLE account_link (
        link_id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        bank_account_id TEXT NOT NULL,
        feed_id TEXT NOT NULL,
        ledger_account_id TEXT,
        start_date TEXT NOT NULL,
        state TEXT NOT NULL,
        opening TEXT NOT NULL,
        opening_units BIGINT NOT NULL,
        opening_on TEXT NOT NULL,
        opening_revision BIGINT NOT NULL,
        opening_ordinal BIGINT NOT NULL,
        opening_measured_on TEXT NOT NULL,
        opening_checks BIGINT NOT NULL,
        books_last_entry_on TEXT NOT NULL,
        release_total BIGINT NOT NULL,
        release_done BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        ended_at BIGINT,
        start_changed_by TEXT NOT NULL DEFAULT '',
        start_before TEXT NOT NULL DEFAULT '',
        continues TEXT NOT NULL DEFAULT '',
        taken_back_by TEXT NOT NULL DEFAULT '',
        taken_back_by_id TEXT NOT NULL DEFAULT ''))",
    "CREATE UNIQUE INDEX account_link_bank ON account_link (tenant_id, bank_account_id) WHERE "
    "ended_at IS NULL",
    R"(CREATE UNIQUE INDEX account_link_ledger ON account_link (tenant_id, ledger_account_id)
        WHERE ended_at IS NULL AND ledger_account_id IS NOT NULL)",
    "CREATE INDEX account_link_checking ON account_link (tenant_id) WHERE state = "
    "'checking_books'",
    "CREATE INDEX account_link_feed ON account_link (feed_id)",

    // The stream of ledger changes of one bank account. acked_* is a cache of the host's watermark,
    // for display and for finding work; never the place to resume from. base is the watermark of
    // the books on which the epoch was built ("": it tells everything); rebuild_after is how far
    // the rebuild of an epoch has come.
    R"(CREATE TABLE feed (
        feed_id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        epoch BIGINT NOT NULL,
        next_seq BIGINT NOT NULL,
        chain_digest TEXT NOT NULL,
        acked_epoch BIGINT NOT NULL,
        acked_seq BIGINT NOT NULL,
        state TEXT NOT NULL,
        held_reason TEXT NOT NULL,
        base TEXT NOT NULL,
        rebuild_after TEXT NOT NULL,
        delivered_at BIGINT))",
    "CREATE INDEX feed_tenant ON feed (tenant_id)",

    // The mirror: every transaction the provider has shown, never pruned. lane says where it
    // stands; revision and sent_* say what the ledger was last told (revision 0: nothing);
    // entry_mark what people did to the entry there ("", "removed", "reconciled", "wanted");
    // undo_asked (0, 1) that a person took it out, and the books do not let it go yet; own_root_key
    // is what root_key was before the row took over the entry of another, which has that key now.
    R"(CREATE TABLE bank_transaction (
        connection_id TEXT NOT NULL,
        provider_transaction_id TEXT NOT NULL,
        tenant_id TEXT NOT NULL,
        provider_account_id TEXT NOT NULL,
        bank_account_id TEXT,
        amount_exact TEXT NOT NULL,
        units BIGINT NOT NULL,
        exponent BIGINT NOT NULL,
        currency TEXT NOT NULL,
        currency_official BIGINT NOT NULL,
        rounded BIGINT NOT NULL,
        booked_on TEXT NOT NULL,
        authorized_on TEXT NOT NULL,
        pending BIGINT NOT NULL,
        pending_transaction_id TEXT NOT NULL,
        name TEXT NOT NULL,
        original_description TEXT NOT NULL,
        merchant TEXT NOT NULL,
        category TEXT NOT NULL,
        text_repaired BIGINT NOT NULL,
        removed BIGINT NOT NULL,
        lane TEXT NOT NULL,
        lane_reason TEXT NOT NULL,
        root_key TEXT NOT NULL,
        revision BIGINT NOT NULL,
        sent_ledger_account_id TEXT NOT NULL,
        sent_units BIGINT NOT NULL,
        sent_exponent BIGINT NOT NULL,
        sent_currency TEXT NOT NULL,
        sent_booked_on TEXT NOT NULL,
        sent_fingerprint TEXT NOT NULL,
        entry_mark TEXT NOT NULL DEFAULT '',
        seen_generation BIGINT NOT NULL,
        first_seen_at BIGINT NOT NULL,
        changed_at BIGINT NOT NULL,
        import_id TEXT NOT NULL DEFAULT '',
        undo_asked BIGINT NOT NULL DEFAULT 0,
        own_root_key TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (connection_id, provider_transaction_id)))",
    "CREATE INDEX bank_transaction_account ON bank_transaction (bank_account_id, lane, booked_on, "
    "provider_transaction_id)",
    "CREATE INDEX bank_transaction_orphan ON bank_transaction (connection_id, provider_account_id) "
    "WHERE bank_account_id IS NULL",
    // The lane is the same in all rows of these two; without it SQLite takes the index above, and
    // reads all that is booked or held.
    R"(CREATE INDEX bank_transaction_kept ON bank_transaction (bank_account_id, lane, booked_on)
        WHERE lane = 'booked' AND lane_reason <> '')",
    R"(CREATE INDEX bank_transaction_undone ON bank_transaction (bank_account_id, lane, booked_on)
        WHERE lane = 'held' AND lane_reason = 'undone')",
    "CREATE INDEX bank_transaction_marked ON bank_transaction (tenant_id, connection_id) WHERE "
    "entry_mark <> ''",
    R"(CREATE INDEX bank_transaction_refused ON bank_transaction (tenant_id, connection_id)
        WHERE lane_reason IN ('period_closed', 'account_closed', 'reconciled', 'removed'))",
    R"(CREATE INDEX bank_transaction_not_known ON bank_transaction (tenant_id, connection_id)
        WHERE lane = 'gone' AND lane_reason = 'not_known')",
    R"(CREATE INDEX bank_transaction_forgotten ON bank_transaction (tenant_id,
        provider_transaction_id) WHERE provider_transaction_id >= 'forgotten:'
            AND provider_transaction_id < 'forgotten;')",
    // What waits (HeldRows), in the order of its list; its reason, so that a list of one reason
    // reads no row of another.
    R"(CREATE INDEX bank_transaction_waits ON bank_transaction (bank_account_id, booked_on DESC,
            provider_transaction_id, lane_reason, tenant_id)
        WHERE removed = 0 AND (lane = 'held' OR (lane = 'booked' AND lane_reason IN
            ('period_closed', 'account_closed', 'reconciled', 'removed'))))",
    // What a balance proof sums up (BalanceProofRepository::sumsOf): all but what is plainly
    // booked.
    R"(CREATE INDEX bank_transaction_apart ON bank_transaction (bank_account_id, lane, removed,
            lane_reason, entry_mark, units, sent_units, pending, currency, sent_currency, exponent,
            sent_exponent, tenant_id)
        WHERE lane IN ('held', 'pending', 'before_start')
            OR (lane = 'booked' AND (removed = 1 OR entry_mark <> '' OR lane_reason <> '')))",
    R"(CREATE INDEX bank_transaction_rounded ON bank_transaction (bank_account_id,
            provider_transaction_id) WHERE rounded = 1)",
    R"(CREATE INDEX bank_transaction_import ON bank_transaction (import_id, connection_id,
        provider_transaction_id) WHERE import_id <> '')",
    // Not the tenant first: SQLite takes an index that begins with it for a good one, and reads all
    // rows of the tenant where it was asked for a few.
    "CREATE UNIQUE INDEX bank_transaction_root ON bank_transaction (root_key, tenant_id)",
    R"(CREATE INDEX bank_transaction_left_out ON bank_transaction (tenant_id, bank_account_id)
        WHERE lane = 'left_out')",
    // Who left a row out, and when; goes with the decision (LeftOutRows).
    R"(CREATE TABLE left_out_row (
        tenant_id TEXT NOT NULL,
        root_key TEXT NOT NULL,
        left_out_by_id TEXT NOT NULL,
        left_out_by TEXT NOT NULL,
        left_out_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, root_key)))",

    // How the bank's balance of an account that feeds the books stands to theirs: one row each, as
    // of the last look. "_exact" are decimals. Goes when the account feeds nothing any more.
    R"(CREATE TABLE balance_proof (
        tenant_id TEXT NOT NULL,
        bank_account_id TEXT NOT NULL,
        ledger_account_id TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        bank_exact TEXT NOT NULL,
        bank_as_of BIGINT,
        ledger_exact TEXT NOT NULL,
        held_exact TEXT NOT NULL,
        pending_exact TEXT NOT NULL,
        before_start_exact TEXT NOT NULL,
        kept_exact TEXT NOT NULL,
        removed_exact TEXT NOT NULL,
        rounding_exact TEXT NOT NULL,
        undelivered BIGINT NOT NULL,
        pending_included BIGINT NOT NULL,
        difference_exact TEXT NOT NULL,
        unexplained_exact TEXT NOT NULL,
        since BIGINT,
        looks BIGINT NOT NULL,
        unproven_since BIGINT,
        proven_at BIGINT,
        noticed_exact TEXT NOT NULL,
        looked_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, bank_account_id)))",
    // What it said before: a row for each change of state or difference, the last 100 of an
    // account.
    R"(CREATE TABLE balance_proof_past (
        tenant_id TEXT NOT NULL,
        bank_account_id TEXT NOT NULL,
        at BIGINT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        bank_exact TEXT NOT NULL,
        ledger_exact TEXT NOT NULL,
        difference_exact TEXT NOT NULL,
        unexplained_exact TEXT NOT NULL,
        PRIMARY KEY (tenant_id, bank_account_id, at)))",

    // What one run booked for the first time: a loop of the sync, a release, a decision. Rows name
    // the one that booked them. Kept for 400 days; at most one for each run of a connection.
    // done_to is how far an undo, or its reverse, has come.
    R"(CREATE TABLE import_batch (
        tenant_id TEXT NOT NULL,
        import_id TEXT NOT NULL,
        connection_id TEXT NOT NULL,
        run TEXT NOT NULL,
        cause TEXT NOT NULL,
        caused_by TEXT NOT NULL,
        row_count BIGINT NOT NULL,
        began_at BIGINT NOT NULL,
        ended_at BIGINT NOT NULL,
        state TEXT NOT NULL,
        done_to TEXT NOT NULL,
        done_count BIGINT NOT NULL,
        asked_id TEXT NOT NULL,
        asked_by TEXT NOT NULL,
        undone_at BIGINT,
        PRIMARY KEY (tenant_id, import_id),
        UNIQUE (tenant_id, run)))",
    "CREATE INDEX import_batch_tenant ON import_batch (tenant_id, began_at, import_id)",
    "CREATE INDEX import_batch_age ON import_batch (ended_at)",

    // What the bank changed of rows that were in the books: before and after. Kept for 400 days; at
    // most one for each row and unit that applied it.
    R"(CREATE TABLE bank_change (
        tenant_id TEXT NOT NULL,
        connection_id TEXT NOT NULL,
        at BIGINT NOT NULL,
        transaction_id TEXT NOT NULL,
        bank_account_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        outcome TEXT NOT NULL,
        old_booked_on TEXT NOT NULL,
        old_exact TEXT NOT NULL,
        old_currency TEXT NOT NULL,
        old_exponent BIGINT NOT NULL,
        old_name TEXT NOT NULL,
        old_merchant TEXT NOT NULL,
        old_category TEXT NOT NULL,
        old_pending BIGINT NOT NULL,
        new_booked_on TEXT NOT NULL,
        new_exact TEXT NOT NULL,
        new_currency TEXT NOT NULL,
        new_exponent BIGINT NOT NULL,
        new_name TEXT NOT NULL,
        new_merchant TEXT NOT NULL,
        new_category TEXT NOT NULL,
        new_pending BIGINT NOT NULL,
        PRIMARY KEY (connection_id, at, transaction_id)))",
    "CREATE INDEX bank_change_account ON bank_change (bank_account_id, at, transaction_id)",
    "CREATE INDEX bank_change_tenant ON bank_change (tenant_id, at, transaction_id)",
    "CREATE INDEX bank_change_age ON bank_change (at)",

    // One sync loop per connection at a time. Until sealed, its pages may be dropped; sealed, they
    // must be applied.
    R"(CREATE TABLE sync_loop (
        connection_id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        loop_id TEXT NOT NULL,
        state TEXT NOT NULL,
        start_cursor TEXT NOT NULL,
        cursor TEXT NOT NULL,
        full_resync BIGINT NOT NULL,
        pages BIGINT NOT NULL,
        row_count BIGINT NOT NULL,
        restarts BIGINT NOT NULL,
        applied BIGINT NOT NULL,
        history TEXT NOT NULL,
        looked BIGINT NOT NULL,
        shown_accounts TEXT NOT NULL,
        held_removals TEXT NOT NULL,
        started_at BIGINT NOT NULL,
        progress_at BIGINT NOT NULL,
        added BIGINT NOT NULL,
        modified BIGINT NOT NULL,
        removed BIGINT NOT NULL,
        held BIGINT NOT NULL,
        booked BIGINT NOT NULL))",

    // The pages of the loop under way, as received: a redo log.
    R"(CREATE TABLE sync_stage (
        connection_id TEXT NOT NULL,
        loop_id TEXT NOT NULL,
        ordinal BIGINT NOT NULL,
        kind TEXT NOT NULL,
        provider_transaction_id TEXT NOT NULL,
        provider_account_id TEXT NOT NULL,
        amount_exact TEXT NOT NULL,
        currency TEXT NOT NULL,
        currency_official BIGINT NOT NULL,
        booked_on TEXT NOT NULL,
        authorized_on TEXT NOT NULL,
        pending BIGINT NOT NULL,
        pending_transaction_id TEXT NOT NULL,
        name TEXT NOT NULL,
        original_description TEXT NOT NULL,
        merchant TEXT NOT NULL,
        category TEXT NOT NULL,
        text_repaired BIGINT NOT NULL,
        PRIMARY KEY (connection_id, loop_id, ordinal)))",

    // Ledger changes, stored before they are sent.
    R"(CREATE TABLE outbox (
        feed_id TEXT NOT NULL,
        epoch BIGINT NOT NULL,
        seq BIGINT NOT NULL,
        tenant_id TEXT NOT NULL,
        kind BIGINT NOT NULL,
        root_key TEXT NOT NULL,
        revision BIGINT NOT NULL,
        ledger_account_id TEXT NOT NULL,
        counter_account TEXT NOT NULL,
        units BIGINT NOT NULL,
        exponent BIGINT NOT NULL,
        currency TEXT NOT NULL,
        booked_on TEXT NOT NULL,
        authorized_on TEXT NOT NULL,
        description TEXT NOT NULL,
        original_description TEXT NOT NULL,
        merchant TEXT NOT NULL,
        category TEXT NOT NULL,
        content_digest TEXT NOT NULL,
        chain_digest TEXT NOT NULL,
        told_before TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (feed_id, epoch, seq)))",
    "CREATE UNIQUE INDEX outbox_once ON outbox (feed_id, epoch, root_key, revision) WHERE kind <> "
    "4",

    // What the books said of themselves: of entries (subject root key), of closed periods (subject
    // ledger account, "" for all), of accounts that were merged away, and what they refused
    // (expires_at: a guess until then). At most one per subject, kept as long as the tenant; a
    // guess goes 30 days after it ran out.
    // put_off: what counts when the books, which tell everything anew, have come to their end; it
    // goes then.
    R"(CREATE TABLE ledger_fact (
        tenant_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        value TEXT NOT NULL,
        revision BIGINT NOT NULL,
        generation BIGINT NOT NULL,
        tries BIGINT NOT NULL,
        expires_at BIGINT,
        PRIMARY KEY (tenant_id, kind, subject)))",
    "CREATE INDEX ledger_fact_guess ON ledger_fact (tenant_id, expires_at) WHERE expires_at IS NOT "
    "NULL",

    // How far each tenant's books have told of events: the id of the last one. A generation begins
    // when they tell everything anew. One row per tenant.
    R"(CREATE TABLE ledger_event_position (
        tenant_id TEXT PRIMARY KEY,
        event_id TEXT NOT NULL,
        generation BIGINT NOT NULL,
        retelling BIGINT NOT NULL))",

    // Verified webhooks, stored before they are answered. webhook_id is the SHA-256 of the signed
    // token.
    R"(CREATE TABLE inbox (
        webhook_id TEXT PRIMARY KEY,
        received_at BIGINT NOT NULL,
        signed_at BIGINT NOT NULL,
        kind BIGINT NOT NULL,
        provider_type TEXT NOT NULL,
        provider_code TEXT NOT NULL,
        environment TEXT NOT NULL,
        provider_connection_id TEXT NOT NULL,
        provider_account_id TEXT NOT NULL,
        link_token_hash TEXT NOT NULL,
        link_succeeded BIGINT NOT NULL,
        state TEXT NOT NULL,
        rung_again BIGINT NOT NULL,
        outcome TEXT NOT NULL,
        ends_at BIGINT,
        tenant_id TEXT))",
    "CREATE INDEX inbox_waiting ON inbox (state, received_at)",

    // The provider's public keys of webhooks, of no tenant; at most 16.
    R"(CREATE TABLE webhook_key (
        key_id TEXT PRIMARY KEY,
        answer TEXT NOT NULL,
        kept_at BIGINT NOT NULL))",

    // Durable jobs. One row per kind and subject: asking again while it runs sets `again`. fence
    // grows with each claim. urgency: 0 nobody waits for it, 1 the bank has news, 2 a person does.
    R"(CREATE TABLE job (
        job_id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        state TEXT NOT NULL,
        again BIGINT NOT NULL,
        urgency BIGINT NOT NULL,
        due_at BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        lease_until BIGINT NOT NULL,
        fence BIGINT NOT NULL,
        error_code TEXT NOT NULL,
        error_text TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        UNIQUE (kind, subject)))",
    "CREATE INDEX job_due ON job (urgency DESC, due_at, job_id)",
    "CREATE INDEX job_subject ON job (tenant_id, subject)",

    // Connections whose bank did not answer, until that bank answers again. At most one row per
    // connection; what is two hours old says nothing any more and goes.
    R"(CREATE TABLE outage_sign (
        connection_id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        institution_id TEXT NOT NULL,
        job_kind TEXT NOT NULL,
        seen_at BIGINT NOT NULL))",
    "CREATE INDEX outage_sign_institution ON outage_sign (tenant_id, institution_id, seen_at)",

    // Banks that do not answer, of which only one connection is tried at a time. At most one row
    // per tenant and bank with a connection; it goes when the bank answers, and half a day after
    // anybody last tried. The row of no tenant and no bank stands for our own set-up at the
    // provider, with which every call fails.
    R"(CREATE TABLE outage (
        tenant_id TEXT NOT NULL,
        institution_id TEXT NOT NULL,
        job_kind TEXT NOT NULL,
        since BIGINT NOT NULL,
        next_try_at BIGINT NOT NULL,
        tries BIGINT NOT NULL,
        probe_job TEXT NOT NULL,
        probe_until BIGINT NOT NULL,
        probed_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, institution_id)))",

    // What the provider says of the banks behind the connections of a tenant: one row per bank that
    // one of them names, countries separated by spaces. asked_at: the last time that it was asked,
    // whatever came of it; read_at NULL while nothing did. A row that nobody asked about for 90
    // days goes: none of its connections lives.
    R"(CREATE TABLE institution (
        tenant_id TEXT NOT NULL,
        institution_id TEXT NOT NULL,
        name TEXT NOT NULL,
        countries TEXT NOT NULL,
        oauth BIGINT NOT NULL,
        read_at BIGINT,
        asked_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, institution_id)))",
    "CREATE INDEX institution_asked ON institution (asked_at)",

    // One run of Plaid Link, bound to who started it.
    R"(CREATE TABLE link_session (
        session_id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        user_name TEXT NOT NULL,
        login_hash TEXT NOT NULL,
        purpose TEXT NOT NULL,
        connection_id TEXT,
        state TEXT NOT NULL,
        link_token_sealed TEXT NOT NULL,
        link_token_hash TEXT NOT NULL,
        hosted_url_sealed TEXT NOT NULL,
        public_token_sealed TEXT NOT NULL,
        return_url TEXT NOT NULL,
        institution_id TEXT NOT NULL,
        institution_name TEXT NOT NULL,
        duplicate_of TEXT NOT NULL,
        replaces TEXT NOT NULL,
        error_code TEXT NOT NULL,
        error_text TEXT NOT NULL,
        error_request_id TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        exchange_tried BIGINT NOT NULL,
        finished_at BIGINT))",
    "CREATE UNIQUE INDEX link_session_token ON link_session (link_token_hash) WHERE "
    "link_token_hash <> ''",
    R"(CREATE UNIQUE INDEX link_session_one_open ON link_session (connection_id)
        WHERE finished_at IS NULL AND connection_id IS NOT NULL)",
    "CREATE INDEX link_session_tenant ON link_session (tenant_id, created_at)",
    "CREATE INDEX link_session_finished ON link_session (finished_at) WHERE finished_at IS NOT "
    "NULL",

    // What an administrator must know or do. One open notice per kind and subject; it clears with
    // its cause.
    R"(CREATE TABLE notice (
        notice_id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        severity TEXT NOT NULL,
        params TEXT NOT NULL,
        opened_at BIGINT NOT NULL,
        cleared_at BIGINT))",
    "CREATE UNIQUE INDEX notice_one_open ON notice (tenant_id, kind, subject) WHERE cleared_at IS "
    "NULL",
    "CREATE INDEX notice_tenant ON notice (tenant_id, opened_at)",
    "CREATE INDEX notice_cleared ON notice (cleared_at) WHERE cleared_at IS NOT NULL",

    // Tenants whose data is being deleted. The row goes with the last of it. lost: ids of the
    // provider, at most 100.
    R"(CREATE TABLE tenant_erasure (
        tenant_id TEXT PRIMARY KEY,
        asked_at BIGINT NOT NULL,
        asked_by_id TEXT NOT NULL,
        asked_by_name TEXT NOT NULL,
        give_up BIGINT NOT NULL,
        round_at BIGINT NOT NULL,
        rounds BIGINT NOT NULL,
        tokens_ended BIGINT NOT NULL,
        tokens_lost BIGINT NOT NULL,
        lost TEXT NOT NULL,
        row_count BIGINT NOT NULL,
        connections BIGINT NOT NULL,
        transactions BIGINT NOT NULL))",

    // Who did what, when; each row holds the hash of the one before it. Rows go with their tenant
    // only, because without them the chain could not be proven.
    R"(CREATE TABLE audit (
        tenant_id TEXT NOT NULL,
        seq BIGINT NOT NULL,
        at BIGINT NOT NULL,
        actor_id TEXT NOT NULL,
        actor_name TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL,
        previous_hash TEXT NOT NULL,
        hash TEXT NOT NULL,
        PRIMARY KEY (tenant_id, seq)))",
    "CREATE INDEX audit_subject ON audit (tenant_id, subject, seq)",
    "CREATE INDEX audit_actor ON audit (tenant_id, actor_id, seq)",
};

} // namespace

const std::vector<std::vector<std::string_view>>& schemaSteps()
{
    static const std::vector<std::vector<std::string_view>> steps{step1};
    return steps;
}

} // namespace bankfeed::store
