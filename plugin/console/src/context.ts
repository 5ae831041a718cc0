// What every screen knows: who asks, and how to say something once on the next screen.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Session } from './types';

export const SessionContext = createContext<Session | null>(null);

/** The session; screens are only drawn once there is one. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('no session');
  return session;
}

let message = '';

/** Leaves a sentence for the screen that comes next. */
export function leaveMessage(text: string): void {
  message = text;
}

export function takeMessage(): string {
  const taken = message;
  message = '';
  return taken;
}
