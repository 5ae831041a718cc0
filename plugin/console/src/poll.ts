// How often to ask again.

export interface PollState {
  /** Milliseconds between two questions when all is well; 0 asks once. */
  base: number;
  hidden: boolean;
  /** Questions in a row without an answer. */
  failures: number;
}

const HIDDEN_AT_LEAST = 20_000;
const AT_MOST = 30_000;

/**
 * Milliseconds until the next question, or null for no further one. Failures double the wait up to
 * 30 s; a tab that nobody looks at asks every 20 s at most.
 */
export function pollDelay(state: PollState): number | null {
  if (state.base <= 0) return null;
  const grown = Math.min(state.base * 2 ** Math.min(state.failures, 6), Math.max(AT_MOST, state.base));
  return state.hidden ? Math.max(grown, HIDDEN_AT_LEAST) : grown;
}
