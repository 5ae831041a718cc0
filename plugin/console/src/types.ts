// The shapes of the console's JSON API, as docs/console-api.md states them.

/** Integer units as text, because an int64 does not fit a JavaScript number. Debit positive. */
export interface Money {
  units: string;
  exponent: number;
  currency: string;
}

export interface Session {
  user: { id: string; name: string };
  tenant: string;
  can: { view: boolean; link: boolean; operate: boolean };
  csrf: string;
  environment: string;
  version: string;
  /** The host's own pages; null when it has none that a browser can open. */
  books_url: string | null;
  /** False: the provider has no address to tell news to, and every bank is asked in turn. */
  webhooks: boolean;
  poll_interval_seconds: number;
}

export interface ProviderProblem {
  code: string;
  text: string;
  /** For the provider's support; "" when there was no request. */
  request_id: string;
}

export type ConnectionState = 'linking' | 'healthy' | 'expiring' | 'needs_user' | 'revoked' | 'removed' | 'gone';

/** Who told a connection to rest, and since when. */
export interface Paused {
  by: string;
  since: string;
}

export interface ConnectionHead {
  id: string;
  institution: string;
  state: ConnectionState;
  reason: string;
  paused: Paused | null;
  activity: 'idle' | 'syncing' | 'waiting';
  last_success_at: string | null;
  last_attempt_at: string | null;
  /** When the schedule asked last; it asks again poll_interval_seconds later. */
  last_poll_at: string | null;
  data_as_of: string | null;
  consent_ends_at: string | null;
  /** When the bank has said that it will end the connection. */
  end_announced_at: string | null;
  /** The bank answers nobody: since when, and when it is tried again. */
  outage: null | { since: string; next_try_at: string };
  next_try_at: string | null;
  error: ProviderProblem | null;
  to_decide: number;
  new_accounts: boolean;
  /** How accounts are chosen anew: in an update of the connection, or by a login that takes its place. */
  choose_by: 'add_accounts' | 'relink';
  /** What the provider says of the bank itself; null while it has said nothing. */
  bank: null | { countries: string[]; oauth: boolean };
  /** What the last complete sync came to; null before the first. */
  last_sync: null | LastSync;
  /** Feeds of which the books refuse a change. */
  feeds_held: number;
  /** Changes that the books do not have yet. */
  undelivered: number;
  /** Accounts whose balance differs from that of the books, for days. */
  proofs_differ: number;
  /** The bank's own balances, when a person asks for them; null where the operator has not allowed it. */
  live_balances: null | LiveBalances;
  /** The connection that a person was told this one repeats. */
  doubles: string | null;
  replaces: Handover | null;
  replaced_by: Handover | null;
}

export interface LastSync {
  at: string;
  added: number;
  modified: number;
  removed: number;
  held: number;
  booked: number;
}

export interface LiveBalances {
  asked_at: string | null;
  read_at: string | null;
  /** When they can be asked for again; null: now. */
  askable_at: string | null;
  running: boolean;
  /** The provider does not offer them for this connection. */
  refused: boolean;
  error: ProviderProblem | null;
}

/** Of two connections of which one takes the place of the other: the other one, and how far it is. */
export interface Handover {
  connection_id: string;
  institution: string;
  stage: 'reading' | 'moving' | 'waiting' | 'proven';
  /** Accounts that still feed the books through the old connection. */
  accounts_left: number;
  to_decide: number;
  /** None of the new connection's accounts looks like one of the old. */
  other_login: boolean;
}

export interface Connection extends ConnectionHead {
  /** How many accounts there are; in the overview `accounts` are the first of them. */
  accounts_in_all: number;
  accounts: BankAccount[];
}

export interface AccountLink {
  id: string;
  ledger_account_id: string | null;
  ledger_account_name: string;
  start_date: string | null;
  state: 'waiting_for_account' | 'checking_books' | 'releasing' | 'active' | 'taking_back' | 'ended';
  linked_at: string;
  linked_by: string;
  /** It goes on with the feed of another account, and that can be taken back. */
  continues: boolean;
}

/** What taking back that an account goes on with the feed of another would do. */
export interface TakeBackPreview {
  id: string;
  bank_account_id: string;
  conflict: 'link.not_active' | 'link.continues_nothing' | 'link.waits_for_books' | 'import.busy' | null;
  under_way: boolean;
  ledger_account_name: string;
  old_account: { bank_account_id: string; connection_id: string; name: string; mask: string | null; institution: string } | null;
  /** The old account feeds the ledger account again afterwards; else `why_not` says why not. */
  feeds_again: boolean;
  why_not: 'ended_before' | 'not_shared' | 'linked_elsewhere' | 'ledger_account_taken' | 'ledger_account_closed' | null;
  gives_back: number;
  takes_out: number;
  /** Held because of entries there, and free again. */
  waiting: number;
  stay: { reason: string; count: number }[];
  opening_balance: Money | null;
}

/** How the bank's balance stands to that of the books; amounts are decimals. */
export interface BalanceProof {
  state: 'proven' | 'settling' | 'differs' | 'unknown';
  reason: string;
  currency: string;
  bank: string | null;
  bank_as_of: string | null;
  ledger: string | null;
  difference: string | null;
  unexplained: string | null;
  since: string | null;
  held: string;
  pending: string;
  pending_included: boolean;
  before_start: string;
  kept: string;
  removed: string;
  rounding: string;
  undelivered: number;
  proven_at: string | null;
  looked_at: string | null;
}

export interface BankAccount {
  id: string;
  name: string;
  official_name: string;
  mask: string | null;
  type: string;
  subtype: string;
  currency: string;
  balance: Money | null;
  balance_as_of: string | null;
  feedable: boolean;
  state: 'shared' | 'missing' | 'not_shared';
  /** When it was first not among what the bank shows; null while it is. */
  missing_since: string | null;
  origin: string;
  first_seen_at: string;
  decision: 'open' | 'linked' | 'aside';
  link: AccountLink | null;
  proof: BalanceProof | null;
  held: number;
  pending: number;
  booked: number;
  before_start: number;
  /** Of these, those that came after the account was linked and its history complete. */
  late_before_start: number;
}

export type Params = Record<string, unknown>;

export interface Notice {
  id: string;
  kind: string;
  severity: string;
  subject: string;
  params: Params;
  opened_at: string;
  /** The connection that it is about. */
  connection_id: string | null;
  /** Whether a person may clear it. */
  dismissible: boolean;
}

/** A page of connections, and the open notices. */
export interface Overview {
  tag: string;
  unchanged: false;
  connections: Connection[];
  /** Where the next page begins. */
  next: string | null;
  /** How many the search finds in all: connected, and ended here. */
  live: number;
  ended: number;
  notices: Notice[];
}

/** The page that has this tag is still what it was. */
export interface Unchanged {
  tag: string;
  unchanged: true;
}

/** How many wait for each reason, and how many stand beside them. */
export interface HeldCounts {
  held: number;
  pending: number;
  before_start: number;
  left_out: number;
  reasons: { reason: string; count: number }[];
}

export interface HeldAccount extends HeldCounts {
  id: string;
  name: string;
  mask: string | null;
  currency: string;
  connection_id: string;
  connection_state: string;
  institution: string;
}

export interface HeldAccounts {
  /** Of all accounts; only with the first page. */
  totals: HeldCounts | null;
  accounts: HeldAccount[];
  next: string | null;
}

export interface LedgerAccount {
  id: string;
  name: string;
  type: string;
  currency: string;
  exponent: number;
  balance: Money;
  last_entry_on: string | null;
  open: boolean;
  fed_by: null | { bank_account_id: string; name: string; mask: string | null; institution: string };
}

export type Proposal =
  | { choice: 'existing'; ledger_account_id: string; evidence: string[]; automatic: boolean }
  | { choice: 'new'; name: string; evidence: string[]; automatic: boolean };

/** Another row of the same account at the bank, perhaps of another connection. */
export interface OtherRow {
  bank_account_id: string;
  connection_id: string;
  name: string;
  mask: string | null;
  institution: string;
}

export interface Relation extends OtherRow {
  kind: string;
  evidence: string[];
}

/** Who came after a row that is not shared any more. */
export interface Successor extends OtherRow {
  /** It feeds the ledger account that the row fed last, since then; else it was first seen then. */
  feeds: boolean;
  since: string;
}

export interface ReviewRow {
  account: BankAccount;
  is_new: boolean;
  /** What was decided about it, as an opaque text that changes with every decision. */
  version: string;
  /** Who decided it last, and when; null before any decision, and for one that the plugin took back. */
  decided_by: string | null;
  decided_at: string | null;
  proposal: Proposal | null;
  relation: Relation | null;
  successor: Successor | null;
  start_date_default: string | null;
  /** A name that is free for a new ledger account; "" when there is none. */
  name_default: string;
  /** This bank account, under an older id, fed this ledger account; its bookings are not repeated. */
  feed_before: null | { bank_account_id: string; ledger_account_id: string; from: string; until: string };
  /** The books refused to make the new ledger account that was asked for last. */
  failure: null | { code: FailureCode; name: string; text: string };
  /** Those that stand whatever is chosen. */
  conflicts: Conflict[];
}

export interface Review {
  connection: ConnectionHead;
  accounts: ReviewRow[];
  ledger_accounts: LedgerAccount[];
}

export type Decision =
  | {
      bank_account_id: string;
      version: string;
      choice: 'new';
      name: string;
      start_date: string | null;
      opening_balance: boolean;
      accept_duplicate?: true;
      accept_elsewhere?: true;
    }
  | {
      bank_account_id: string;
      version: string;
      choice: 'existing';
      ledger_account_id: string;
      start_date: string | null;
      opening_balance?: boolean;
      accept_overlap?: true;
      accept_duplicate?: true;
      accept_elsewhere?: true;
    }
  | { bank_account_id: string; version: string; choice: 'none' | 'later' };

export interface Conflict {
  bank_account_id: string;
  code: string;
  params: Params;
  choices: string[];
}

export interface ReviewApplied {
  linked: number;
  aside: number;
  later: number;
}

/** What another start date of a link came to. */
export interface StartChanged {
  id: string;
  /** Rows that were too old are being booked. */
  releasing: boolean;
  /** Booked rows that are older than the start date now: they stay. */
  stay: number;
}

export interface AccountProgress {
  bank_account_id: string;
  phase: string;
  total: number;
  /** Judged; those of them before the start date are not booked. */
  done: number;
  before_start: number;
  delivered: number;
  opening: string;
}

/** Why a link came to nothing: the books did not make the account, or it changed meanwhile. */
export type FailureCode = 'not_made' | 'books_changed';

export interface FailedAccount {
  bank_account_id: string;
  code: FailureCode;
  name: string;
  text: string;
}

export interface Progress {
  phase: string;
  paused: Paused | null;
  fetched: number;
  accounts: AccountProgress[];
  failed: FailedAccount[];
  error: null | { code: string; text: string; request_id: string; next_try_at: string };
}

export type Purpose = 'connect' | 'repair' | 'add_accounts' | 'relink';

export interface LinkSession {
  id: string;
  purpose: Purpose;
  state: 'creating' | 'open' | 'finishing' | 'done' | 'exited' | 'expired' | 'failed' | 'duplicate' | 'other_login';
  hosted_url: string | null;
  expires_at: string;
  connection_id: string | null;
  duplicate_of: null | { connection_id: string; institution: string };
  /** The connection whose place the result takes. */
  replaces: string | null;
  error: ProviderProblem | null;
}

export interface HeldTransaction {
  id: string;
  date: string;
  amount: Money;
  exact: string;
  rounded: boolean;
  name: string;
  merchant: string;
  pending: boolean;
  reason: string;
  /** It is an entry of the books, of which only a change waits. */
  in_books: boolean;
  /** Who said that the books have it otherwise, and what it waited for then. */
  left_out: { by: string; at: string; reason: string } | null;
}

/** Of a transaction that may be in the books already. */
export type HeldChoice = 'book' | 'leave_out' | 'same_as' | 'import_again' | 'take_back';

/** An entry of the books that no transaction at the bank stands behind. */
export interface HeldEntry {
  id: string;
  date: string;
  amount: Money;
  name: string;
  merchant: string;
}

export interface HeldPage {
  /** Only with the first page. */
  account: HeldAccount | null;
  transactions: HeldTransaction[];
  next: string | null;
}

/** What "Sync now" came to. */
export interface SyncAsked {
  id: string;
  bank_asked: boolean;
  bank_askable_at: string | null;
  bank_refused: string | null;
}

/** What asking the bank for its balances of this moment came to. */
export interface BalancesAsked {
  id: string;
  asked: boolean;
  askable_at: string | null;
}

export interface Tenant {
  tenant: string;
  /** The deletion of its data that is under way. */
  erasure: null | {
    phase: 'ending_connections' | 'deleting';
    asked_at: string;
    asked_by: string;
    deleted: number;
    tokens_ended: number;
    tokens_lost: number;
    next_try_at: string | null;
    ending: { connection_id: string; institution: string; error: ProviderProblem | null }[];
  };
}

export interface ActivityEntry {
  seq: number;
  at: string;
  actor: string;
  actor_id: string;
  action: string;
  subject: string;
  detail: Params;
}

export interface ActivityPage {
  entries: ActivityEntry[];
  next: number | null;
}

/** Which entries of the activity; null for all. */
export interface ActivityFilter {
  person: string | null;
  connection: string | null;
  account: string | null;
}

export interface ActivityChoices {
  people: { id: string; name: string }[];
  connections: { id: string; institution: string }[];
  accounts: { id: string; name: string; mask: string | null }[];
}

/** How far the audit log's chain was found to fit. */
export interface AuditCheck {
  at: string;
  up_to: null | { seq: number; hash: string };
  at_head: boolean;
  broken: number | null;
}

/** What the bank says of a transaction, as far as a person knows it by. */
export interface BankWord {
  date: string;
  exact: string;
  currency: string;
  exponent: number;
  name: string;
  merchant: string;
  category: string;
  pending: boolean;
}

export interface BankChange {
  at: string;
  kind: 'amended' | 'taken_back' | 'returned';
  outcome: string;
  id: string;
  connection_id: string;
  bank_account_id: string;
  account: string;
  mask: string | null;
  before: BankWord;
  after: BankWord | null;
}

export interface ChangesPage {
  changes: BankChange[];
  next: string | null;
}

export interface Import {
  id: string;
  connection_id: string;
  institution: string;
  cause: string;
  by: string | null;
  began_at: string;
  ended_at: string;
  rows_booked: number;
  state: 'booked' | 'undoing' | 'redoing';
  asked_by: string | null;
  undone_at: string | null;
}

/** Where the rows of an import stand. */
export interface ImportStanding {
  rows: number;
  booked: number;
  undone: number;
  can_undo: number;
  first_date: string | null;
  last_date: string | null;
  protected: { reason: string; count: number }[];
}

export interface ImportAccount extends ImportStanding {
  bank_account_id: string;
  name: string;
  mask: string | null;
  ledger_account_name: string | null;
  opening_balance: Money | null;
}

export interface ImportDetail extends Import, ImportStanding {
  accounts: ImportAccount[];
}

export interface ImportsPage {
  imports: Import[];
  next: string | null;
}

/** A row that an undo leaves alone. */
export interface ProtectedRow {
  id: string;
  bank_account_id: string;
  date: string;
  amount: Money;
  name: string;
  merchant: string;
  reason: string;
}

/** How it goes, for operators. */
export interface Health {
  now: string;
  version: string;
  environment: string;
  connections: Record<string, number>;
  jobs: { waiting: number; running: number; failing: number; next_due_at: string | null };
  feeds: { count: number; held: number; undelivered: number; behind: number; waiting_since: string | null };
  balance_proofs: Record<string, number>;
  webhooks: {
    address: string | null;
    last_seen_at: string | null;
    stored: number;
    repeated: number;
    refused: number;
    forged: number;
    postponed: number;
    not_understood: number;
    unknown_kind: number;
    unknown_connection: number;
    key_fetches: number;
  };
  webhook_keys: { kept: number; expired: number; refused: number; under_way: number };
  budgets: { call: string; used: number; limit: number; waiting_seconds: number }[];
  token_key: { id: string; sealed_with_other_keys: number };
  notices: number;
  ledger_accounts: number;
  ledger_accounts_waiting: number;
}

export type HealthShow = '' | 'behind' | 'differing';

export interface HealthAccount {
  bank_account_id: string;
  connection_id: string;
  institution: string;
  name: string;
  mask: string | null;
  currency: string;
  exponent: number;
  undelivered: number;
  waiting_since: string | null;
  delivered_at: string | null;
  held_reason: string | null;
  proof: null | {
    state: BalanceProof['state'];
    reason: string;
    bank: string | null;
    ledger: string | null;
    difference: string | null;
    unexplained: string | null;
    since: string | null;
    looked_at: string;
  };
}

export interface HealthAccountsPage {
  accounts: HealthAccount[];
  next: string | null;
}
