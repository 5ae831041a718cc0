// A list that comes in pages: what was read stays, and "more" adds to it.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from './api';
import { asApiError } from './resource';

export interface Pages<Item> {
  items: Item[];
  /** Whether the first page is there. */
  begun: boolean;
  hasMore: boolean;
  busy: boolean;
  error: ApiError | null;
  more: () => void;
  /** Forgets items, such as those that were dealt with. */
  drop: (gone: (item: Item) => boolean) => void;
}

/** `load` reads the page after a key; null is the first. Another `key` begins anew. */
export function usePages<Item, Key>(
  key: string,
  load: (after: Key | null) => Promise<{ items: Item[]; next: Key | null }>,
): Pages<Item> {
  const [items, setItems] = useState<Item[]>([]);
  const [next, setNext] = useState<Key | null>(null);
  const [begun, setBegun] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const current = useRef(key);

  const read = async (after: Key | null, before: Item[]): Promise<void> => {
    const asked = current.current;
    setBusy(true);
    setError(null);
    try {
      const page = await load(after);
      if (asked !== current.current) return;
      setItems([...before, ...page.items]);
      setNext(page.next);
      setBegun(true);
    } catch (thrown) {
      if (asked !== current.current) return;
      setError(asApiError(thrown));
    }
    setBusy(false);
  };
  useEffect(() => {
    current.current = key;
    setItems([]);
    setNext(null);
    setBegun(false);
    void read(null, []);
    return () => {
      current.current = '';
    };
  }, [key]);
  return {
    items, begun, hasMore: next !== null, busy, error,
    more: () => void read(begun ? next : null, items),
    drop: (gone) => setItems((all) => all.filter((one) => !gone(one))),
  };
}
