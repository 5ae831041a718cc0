// Draws a screen whose script is fetched first.

import type { JSX } from 'preact';
import { useResource } from '../resource';
import { Loaded } from '../parts/basics';
import { ApiError } from '../api';

type Screens = typeof import('./records');

let fetched: Screens | null = null;

async function screens(): Promise<Screens> {
  try {
    fetched ??= await import('./records');
    return fetched;
  } catch {
    throw new ApiError(0, 'client.unreachable', {}, '');
  }
}

export function Later(props: { draw: (from: Screens) => JSX.Element }): JSX.Element {
  const found = useResource('screens', screens, () => 0);
  return fetched === null ? <Loaded from={found}>{props.draw}</Loaded> : props.draw(fetched);
}
