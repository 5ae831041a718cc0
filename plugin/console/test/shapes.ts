// What several tests begin with.
import type { ConnectionHead } from '../src/types';

export const healthy: ConnectionHead = {
  id: 'con_1', institution: 'Bank', state: 'healthy', reason: '', paused: null, activity: 'idle',
  last_success_at: '2026-11-22T21:40:00Z', last_poll_at: null, last_attempt_at: null, data_as_of: null,
  consent_ends_at: null, end_announced_at: null, outage: null, next_try_at: null, error: null, to_decide: 0, new_accounts: false,
  choose_by: 'add_accounts', bank: null, last_sync: null, feeds_held: 0, undelivered: 0, proofs_differ: 0, live_balances: null,
  doubles: null, replaces: null, replaced_by: null,
};
