// What the browser keeps for us. It may refuse (private windows, policies); then nothing is kept,
// and the page works without.

type Place = 'localStorage' | 'sessionStorage';

export function kept(place: Place, key: string): string | null {
  try {
    return window[place].getItem(key);
  } catch {
    return null;
  }
}

/** Keeps a text, or forgets it when it is null. */
export function keep(place: Place, key: string, text: string | null): void {
  try {
    if (text === null) window[place].removeItem(key);
    else window[place].setItem(key, text);
  } catch {
    // Refused: the page goes on without.
  }
}

/** Forgets every text under a key that begins with `prefix` of which `old` says so. */
export function forgetWhere(place: Place, prefix: string, old: (text: string) => boolean): void {
  try {
    const storage = window[place];
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
    for (const key of keys.filter((one) => one.startsWith(prefix))) {
      if (old(storage.getItem(key) ?? '')) storage.removeItem(key);
    }
  } catch {
    // Refused: there is nothing to forget.
  }
}
