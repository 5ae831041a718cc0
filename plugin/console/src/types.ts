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
  request_id?: string;
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
  choose_by?: 'add_accounts' | 'relink';
  /** What the provider says of the bank itself; null while it has said nothing. */
  bank?: null | { countries: string[]; oauth: boolean };
  /** The bank's own balances, when a person asks for them; null where the operator has not allowed it. */
  live_balances?: null | LiveBalances;
  /** The connection that a person was told this one repeats. */
  doubles?: string | null;
  replaces?: Handover | null;
  replaced_by?: Handover | null;
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
  accounts: BankAccount[];
}

export interface AccountLink {
  id: string;
  ledger_account_id: string | null;
  ledger_account_name: string;
  start_date: string | null;
  state: 'waiting_for_account' | 'checking_books' | 'releasing' | 'active' | 'ended';
  linked_at: string;
  linked_by: string;
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
  origin: string;
  first_seen_at: string;
  decision: 'open' | 'linked' | 'aside';
  link: AccountLink | null;
  proof?: BalanceProof | null;
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
}

export interface Overview {
  connections: Connection[];
  notices: Notice[];
}

export interface LedgerAccount {
  id: string;
  name: string;
  type: string;
  currency: string;
  exponent: number;
  balance: Money | null;
  last_entry_on: string | null;
  open: boolean;
  fed_by: null | { bank_account_id: string; name: string; mask: string | null; institution: string };
}

export type Proposal =
  | { choice: 'existing'; ledger_account_id: string; evidence: string[]; automatic: boolean }
  | { choice: 'new'; name: string; evidence: string[]; automatic: boolean };

export interface Relation {
  kind: string;
  bank_account_id: string;
  evidence: string[];
}

export interface ReviewRow {
  account: BankAccount;
  is_new: boolean;
  proposal: Proposal | null;
  relation: Relation | null;
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
      choice: 'new';
      name: string;
      start_date: string | null;
      opening_balance: boolean;
      accept_duplicate?: true;
    }
  | {
      bank_account_id: string;
      choice: 'existing';
      ledger_account_id: string;
      start_date: string | null;
      opening_balance?: boolean;
      accept_overlap?: true;
      accept_duplicate?: true;
    }
  | { bank_account_id: string; choice: 'none' | 'later' };

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

/** A new ledger account that the books refused to make; its bank account is open for decision again. */
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
  error: null | { code: string; text: string; request_id?: string; next_try_at: string | null };
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
  amount: Money | null;
  exact: string;
  rounded: boolean;
  name: string;
  merchant: string;
  pending: boolean;
  reason: string;
}

/** Of a transaction that may be in the books already. */
export type HeldChoice = 'book' | 'leave_out' | 'same_as' | 'import_again';

/** An entry of the books that no transaction at the bank stands behind. */
export interface HeldEntry {
  id: string;
  date: string;
  amount: Money | null;
  name: string;
  merchant: string;
}

export interface HeldPage {
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
  action: string;
  subject: string;
  detail: Params;
}

export interface ActivityPage {
  entries: ActivityEntry[];
  next: number | null;
}
