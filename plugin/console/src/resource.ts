// Something that is read from the API, once or again and again.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from './api';
import { pollDelay } from './poll';

export interface Resource<T> {
  data: T | null;
  /** The last failure; cleared by the next success. Data of before stays. */
  error: ApiError | null;
  /** When `data` was read, in milliseconds. */
  readAt: number;
  reload: () => void;
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, 'client.fault', {}, String(error));
}

/**
 * Reads when `key` changes, then as often as `every` says (milliseconds; 0 for never), and whenever
 * somebody comes back to the tab: others may have changed what it shows. Answers that come after the
 * key changed are dropped. A refusal (4xx) is not asked again by itself.
 */
export function useResource<T>(key: string, load: () => Promise<T>, every: (data: T | null) => number): Resource<T> {
  const [state, setState] = useState<{ key: string; data: T | null; error: ApiError | null; readAt: number }>(
    { key, data: null, error: null, readAt: 0 });
  const latest = useRef({ load, every });
  latest.current = { load, every };
  const ask = useRef<() => void>(() => undefined);

  useEffect(() => {
    let live = true;
    let asking = false;
    let again = false;
    let failures = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let data: T | null = null;
    setState({ key, data: null, error: null, readAt: 0 });

    const plan = (refused: boolean): void => {
      if (!live || refused) return;
      // A first question that failed is asked again, even where nothing is to be polled.
      const base = failures > 0 ? Math.max(latest.current.every(data), 1000) : latest.current.every(data);
      const delay = again ? 0 : pollDelay({ base, hidden: document.hidden, failures });
      again = false;
      if (delay !== null) timer = setTimeout(() => void run(), delay);
    };
    const run = async (): Promise<void> => {
      if (asking) {
        again = true;
        return;
      }
      clearTimeout(timer);
      asking = true;
      let refused = false;
      try {
        data = await latest.current.load();
        failures = 0;
        if (live) setState({ key, data, error: null, readAt: Date.now() });
      } catch (thrown) {
        const error = asApiError(thrown);
        failures += 1;
        refused = (error.status >= 400 && error.status < 500) || error.code === 'client.logged_out';
        if (live) setState((before) => ({ ...before, error }));
      }
      asking = false;
      plan(refused);
    };
    const seen = (): void => {
      if (!document.hidden) void run();
    };
    ask.current = () => void run();
    document.addEventListener('visibilitychange', seen);
    void run();
    return () => {
      live = false;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [key]);

  const reload = useCallback(() => ask.current(), []);
  const current = state.key === key ? state : { data: null, error: null, readAt: 0 };
  return { data: current.data, error: current.error, readAt: current.readAt, reload };
}
