// Every code that the API may send, by the group of the catalogue that has its words. A test keeps
// the catalogues complete; a code that is not here is shown as the server's English text.

export const codes = {
  notice: [
    'new_accounts', 'accounts_to_decide', 'needs_login', 'consent_ending', 'end_announced', 'end_announced_on', 'access_revoked',
    'sync_failing', 'bank_not_answering', 'webhooks_missing', 'setup_wrong', 'feed_held', 'feed_held_long', 'ledger_account_failed', 'books_changed', 'rows_before_start',
    'opening_outstanding', 'opening_missing', 'opening_unchecked', 'broken_invariant', 'forged_webhooks', 'audit_broken', 'access_lost_rows', 'removals_held', 'rows_moved', 'entries_forgotten', 'plugin_restored', 'overlap_held', 'rows_not_shown', 'old_login_stays', 'login_doubled', 'balance_differs', 'balance_differs_less',
    'rows_refused', 'account_not_shared', 'merged_away', 'removals_back', 'merge_forgotten',
  ],
  evidence: [
    'fed_before', 'same_persistent_id', 'same_mask_type_currency', 'same_name', 'similar_name',
  ],
  conflict: [
    'ledger_account_taken', 'ledger_account_chosen_twice', 'already_linked', 'currency_differs',
    'type_differs', 'ledger_account_closed', 'ledger_account_unknown', 'ledger_account_missing',
    'balances_only', 'not_shared', 'looks_already_linked', 'start_before_last_entry', 'start_in_future', 'entries_ahead',
    'name_missing', 'name_taken', 'decided_meanwhile', 'entries_elsewhere',
  ],
  choice: [
    'choose_another', 'later', 'none', 'new', 'existing', 'accept_overlap', 'accept_duplicate',
    'default_start', 'start_tomorrow', 'keep_theirs', 'decide_anew', 'use_earlier', 'go_on_after', 'accept_elsewhere',
  ],
  phase: [
    'fetching', 'applying', 'booking', 'delivering', 'done', 'waiting', 'waiting_for_account',
    'checking_books', 'taking_back', 'releasing', 'held', 'stopped', 'paused',
  ],
  opening: ['none', 'due', 'posted'],
  linkState: ['waiting_for_account', 'checking_books', 'releasing', 'active', 'taking_back', 'ended'],
  takeBackWhyNot: ['ended_before', 'not_shared', 'linked_elsewhere', 'ledger_account_taken', 'ledger_account_closed'],
  shared: ['missing', 'not_shared'],
  relation: ['re_issued', 'also_shared', 'looks_shared'],
  held: [
    'not_linked', 'overflow', 'no_currency', 'unknown_currency', 'currency_differs', 'not_a_number',
    'overlap', 'undone', 'rounded', 'period_closed', 'account_closed', 'reconciled', 'removed', 'left_out_changed',
  ],
  heldUntil: [
    'not_linked', 'overflow', 'no_currency', 'unknown_currency', 'currency_differs', 'not_a_number',
    'overlap', 'undone', 'rounded', 'period_closed', 'account_closed', 'reconciled', 'removed', 'left_out_changed', 'pending', 'before_start', 'left_out',
  ],
  heldLane: ['pending', 'before_start', 'left_out'],
  refusal: [
    'gap', 'epoch', 'unknown_account', 'account_closed', 'currency', 'no_entry', 'period_closed',
    'reconciled', 'removed', 'too_many', 'invalid', 'refused',
  ],
  audit: [
    'tenant.erased', 'connection.added', 'connection.paused', 'connection.resumed', 'connection.disconnected', 'connection.state_changed', 'accounts.found',
    'account.linked', 'account.kept_aside', 'account.reopened', 'account.link_failed', 'account.unlinked', 'account.take_back_asked', 'account.taken_back', 'ledger_account.made',
    'notice.opened', 'notice.cleared', 'notice.dismissed', 'link_session.started', 'link_session.finished',
    'link_session.duplicate_accepted', 'link_session.other_login_accepted', 'connection.replaced', 'connection.kept_beside', 'transactions.booked', 'transactions.left_out', 'transactions.matched',
    'import.undone', 'import.redone', 'link.start_changed',
    'transactions.imported_again', 'transactions.taken_back', 'ledger_account.merged',
  ],
  proofState: ['proven', 'settling', 'differs', 'unknown'],
  importCause: ['link', 'sync', 'release', 'decision', 'start_date'],
  importState: ['undoing', 'redoing'],
  protectedReason: [
    'removed', 'reconciled', 'taken_back', 'taken_over', 'not_booked', 'period_closed', 'account_closed',
  ],
  bankChange: ['amended', 'taken_back', 'returned'],
  bankChangeOutcome: ['told', 'access_lost', 'many_removed', 'moved', 'forgotten'],
  error: [
    'client.unreachable', 'client.logged_out', 'client.not_json', 'client.bad_address',
    'console.not_allowed', 'console.not_logged_in', 'console.origin', 'console.csrf', 'console.too_large', 'console.answer_too_large', 'not_found',
    'internal', 'review.conflict', 'review.decided_meanwhile', 'review.decisions', 'review.name',
    'tenant.erasing', 'tenant.confirm', 'connection.removed', 'connection.paused', 'balances.off', 'balances.not_well', 'notice.not_dismissible', 'held.not_linked', 'held.changed', 'held.entry_taken',
    'held.transactions', 'held.choice', 'held.mixed', 'import.busy', 'link.not_active', 'link.continues_nothing', 'link.waits_for_books',
    'link.start_in_future', 'link.start_before_last_entry', 'held.period_closed', 'held.account_closed',
    'link.session_open', 'link.not_yours', 'link.not_waiting', 'link.too_many', 'connection.too_many', 'link.exited',
    'link.expired', 'link.not_tried', 'link.superseded', 'link.duplicate', 'link.connection_known',
    'link.exchange_lost', 'link.no_result', 'link.replaced', 'link.other_login', 'link.dropped',
    'connection.replaces_nothing', 'connection.other_answer',
    'accounts.too_many', 'accounts.feed_exists', 'link.choose_anew', 'store.busy', 'store.unreachable', 'store.full', 'sync.keeps_changing',
    'opening.not_shared', 'opening.no_balance', 'opening.currency_differs', 'opening.overflow',
  ],
  accountType: ['depository', 'credit', 'loan', 'investment', 'other', 'asset', 'liability',
    'equity', 'income', 'expense'],
  noticeName: [
    'new_accounts', 'accounts_to_decide', 'needs_login', 'consent_ending', 'end_announced', 'access_revoked',
    'sync_failing', 'bank_not_answering', 'webhooks_missing', 'setup_wrong', 'feed_held', 'ledger_account_failed', 'books_changed', 'rows_before_start',
    'opening_outstanding', 'opening_missing', 'broken_invariant', 'forged_webhooks', 'audit_broken', 'access_lost_rows', 'removals_held', 'rows_moved', 'entries_forgotten', 'plugin_restored', 'overlap_held', 'rows_not_shown', 'old_login_stays', 'login_doubled', 'balance_differs',
    'rows_refused', 'account_not_shared', 'merged_away', 'removals_back', 'merge_forgotten',
  ],
  detail: [
    'notice', 'institution', 'account', 'accounts', 'ledger_account', 'choice', 'start_date',
    'opening_balance', 'accept_overlap', 'count', 'origin', 'purpose', 'state', 'from', 'to',
    'reason', 'code', 'name', 'asked_for', 'merged_from', 'merged_into',
  ],
  value: [
    'stopped', 'ledger_account_closed',
    'connect', 'repair', 'add_accounts', 'relink', 'refresh', 'linking', 'healthy', 'expiring', 'needs_user', 'revoked',
    'removed', 'gone', 'creating', 'open', 'finishing', 'done', 'exited', 'expired', 'failed',
    'duplicate', 'other_login', 'replaced', 'existing', 'new', 'taken_over', 'disconnected', 'books_changed', 'ledger_account_closed',
  ],
  environment: ['sandbox', 'production'],
} as const;

export type CodeGroup = keyof typeof codes;

/** Provider codes that ask the same of the administrator share a sentence. */
const sentences = {
  login: ['ITEM_LOGIN_REQUIRED', 'MANUAL_VERIFICATION_REQUIRED', 'INVALID_CREDENTIALS', 'INVALID_MFA',
    'INSUFFICIENT_CREDENTIALS', 'INVALID_OTP', 'INVALID_SEND_METHOD', 'INVALID_PHONE_NUMBER',
    'USER_INPUT_TIMEOUT'],
  locked: ['ITEM_LOCKED'],
  other_login: ['INVALID_UPDATED_USERNAME'],
  at_bank: ['PASSWORD_RESET_REQUIRED', 'USER_SETUP_REQUIRED'],
  consent: ['ACCESS_NOT_GRANTED', 'ADDITIONAL_CONSENT_REQUIRED'],
  no_account: ['NO_ACCOUNTS', 'NO_AUTH_ACCOUNTS', 'NO_INVESTMENT_ACCOUNTS',
    'NO_INVESTMENT_AUTH_ACCOUNTS', 'NO_LIABILITY_ACCOUNTS'],
  gone: ['ITEM_NOT_FOUND', 'ITEM_CONCURRENTLY_DELETED', 'INVALID_ACCESS_TOKEN'],
  no_transactions: ['PRODUCT_NOT_ENABLED'],
  damaged: ['CONNECTION.TOKEN_DAMAGED'],
  revoked: ['USER_PERMISSION_REVOKED', 'USER_ACCOUNT_REVOKED'],
  unsupported: ['ITEM_NOT_SUPPORTED', 'MFA_NOT_SUPPORTED', 'PRODUCTS_NOT_SUPPORTED'],
  support: ['INSTITUTION_NO_LONGER_SUPPORTED', 'UNSUPPORTED_RESPONSE'],
  bank_down: ['INSTITUTION_DOWN', 'INSTITUTION_NOT_RESPONDING', 'INSTITUTION_NOT_AVAILABLE'],
  old_balance: ['LAST_UPDATED_DATETIME_OUT_OF_RANGE'],
  not_ready: ['PRODUCT_NOT_READY'],
  accounts_changed: ['INVALID_ACCOUNT_ID'],
  mutated: ['TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION'],
  rate: ['ACCOUNTS_LIMIT', 'BALANCE_LIMIT', 'ACCOUNTS_BALANCE_GET_LIMIT', 'ITEM_GET_LIMIT',
    'TRANSACTIONS_SYNC_LIMIT', 'TRANSACTIONS_REFRESH_LIMIT', 'TRANSACTIONS_LIMIT',
    'INSTITUTIONS_GET_BY_ID_LIMIT', 'INSTITUTIONS_GET_LIMIT', 'RATE_LIMIT',
    'INSTITUTION_RATE_LIMIT'],
  quota: ['CREDITS_EXHAUSTED', 'ADDITION_LIMIT'],
  keys: ['INVALID_API_KEYS', 'UNAUTHORIZED_ENVIRONMENT', 'UNAUTHORIZED_ROUTE_ACCESS',
    'INVALID_PRODUCT', 'DIRECT_INTEGRATION_NOT_ENABLED', 'INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT',
    'UNAUTHORIZED_INSTITUTION', 'INSTITUTION_REGISTRATION_REQUIRED', 'INVALID_LINK_CUSTOMIZATION'],
  session: ['INVALID_PUBLIC_TOKEN', 'INVALID_LINK_TOKEN', 'INCORRECT_OAUTH_NONCE',
    'INCORRECT_LINK_TOKEN', 'OAUTH_STATE_ID_ALREADY_PROCESSED', 'OAUTH_STATE_ID_NOT_FOUND',
    'RECAPTCHA_REQUIRED', 'RECAPTCHA_BAD'],
  provider_down: ['INTERNAL_SERVER_ERROR', 'PLAID_INTERNAL_ERROR', 'PLANNED_MAINTENANCE'],
  webhook: ['INVALID_WEBHOOK_VERIFICATION_KEY_ID', 'SANDBOX_WEBHOOK_INVALID'],
  fault: ['MISSING_FIELDS', 'UNKNOWN_FIELDS', 'INVALID_FIELD', 'INVALID_BODY', 'INVALID_HEADERS',
    'INVALID_CONFIGURATION', 'INCOMPATIBLE_API_VERSION', 'SANDBOX_ONLY', 'INVALID_ACCOUNT_NUMBER',
    'NOT_FOUND', 'NO_LONGER_AVAILABLE', 'INVALID_INSTITUTION', 'SANDBOX_PRODUCT_NOT_ENABLED',
    'INSTANT_MATCH_FAILED', 'INVALID_USER_ID', 'INVALID_USER_TOKEN', 'INVALID_PROCESSOR_TOKEN',
    'INCORRECT_DEPOSIT_VERIFICATION', 'TOO_MANY_VERIFICATION_ATTEMPTS', 'PROFILE_AUTHENTICATION_FAILED',
    'PLAID_DIRECT_ITEM_IMPORT_RETURNED_INVALID_MFA'],
} as const;

export type ProviderSentence = keyof typeof sentences;
export const providerSentences = Object.keys(sentences) as ProviderSentence[];

/** Errors of our own that mean the same to people share a sentence too. */
const ownSentences = {
  no_answer: ['http.connect', 'http.resolve', 'http.connection', 'http.timeout', 'http.short', 'http.malformed', 'plaid.http_status'],
  bad_answer: ['http.encoding', 'http.too_large', 'plaid.answer_malformed', 'plaid.cursor_refused', 'plaid.hosted_link_address',
    'json.malformed', 'accounts.answer', 'institution.other_answer', 'sync.cursor_missing', 'sync.cursor_repeats'],
  bank_down: ['bank.not_answering'],
  unsafe: ['http.tls_refused', 'http.tls'],
  budget: ['provider.budget'],
  set_up: ['provider.set_up', 'http.address', 'http.environment', 'http.request', 'plaid.no_hosted_link', 'plaid.link_request', 'store.url', 'vault.key',
    'vault.other_key'],
  too_much: ['sync.page_too_large', 'sync.too_many_pages', 'accounts.orphans', 'ledger.accounts', 'ledger.tenants'],
  database: ['store.commit_unknown', 'store.conflict', 'store.corrupt', 'store.memory', 'store.read_only', 'store.too_many_rows',
    'store.in_use', 'store.statement', 'store.setting', 'store.encoding'],
  again: ['link.raced', 'sync.look_first', 'sync.passed_over', 'job.lease_lost'],
  not_understood: ['console.query', 'console.body', 'console.method', 'console.not_json', 'link.purpose'],
  not_there: ['account.unknown', 'connection.unknown', 'connection.not_found', 'import.unknown', 'link.unknown', 'notice.unknown'],
  not_offered: ['provider.not_offered', 'provider.no_institutions'],
  stopping: ['stopping'],
} as const;

export type OwnSentence = keyof typeof ownSentences;
export const ownSentenceNames = Object.keys(ownSentences) as OwnSentence[];

/** The sentence of an error of ours that shares one. */
export function ownSentence(code: string): OwnSentence | undefined {
  return ownSentenceNames.find((name) => (ownSentences[name] as readonly string[]).includes(code));
}

/** Who must act for it to go on, and so when it is tried again. */
export const acts = ['nobody', 'login', 'connect', 'operator', 'support'] as const;
export type Act = (typeof acts)[number];

const actOf: Record<ProviderSentence, Act> = {
  login: 'login', locked: 'login', other_login: 'login', at_bank: 'login', consent: 'login', no_account: 'login',
  gone: 'connect', no_transactions: 'connect', damaged: 'connect', revoked: 'connect', session: 'connect',
  bank_down: 'nobody', old_balance: 'nobody', not_ready: 'nobody', accounts_changed: 'nobody', mutated: 'nobody',
  rate: 'nobody', provider_down: 'nobody',
  quota: 'operator', keys: 'operator', webhook: 'operator',
  unsupported: 'support', support: 'support', fault: 'support',
};

/** Who must act on a provider's code; nothing for a code that is not known. */
export function actOn(code: string): Act | undefined {
  const sentence = providerSentence(code);
  return sentence === undefined ? undefined : actOf[sentence];
}

const byCode = new Map<string, ProviderSentence>();
for (const sentence of providerSentences) {
  for (const code of sentences[sentence]) byCode.set(code, sentence);
}

/** The sentence of a provider's code ("ITEM_LOCKED" or "plaid.item_locked"), if it has one. */
export function providerSentence(code: string): ProviderSentence | undefined {
  return byCode.get(code.replace(/^plaid\./, '').toUpperCase().replaceAll('-', '_'));
}
