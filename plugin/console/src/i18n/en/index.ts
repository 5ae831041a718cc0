// The English catalogue: one part for each screen, so that each can be found and changed by itself.
// A message is a text with {parameters}, or one for each plural form, chosen by {count}. Words for the
// API's codes ("group.code", listed in src/codes.ts) stand with the screen that shows them.

import { frame } from './frame';
import { connections } from './connections';
import { accounts } from './accounts';
import { notices } from './notices';
import { link } from './link';
import { review } from './review';
import { progress } from './progress';
import { held } from './held';
import { activity } from './activity';
import { records } from './records';
import { health } from './health';
import { errors } from './errors';

export const parts = {
  frame,
  connections,
  accounts,
  notices,
  link,
  review,
  progress,
  held,
  activity,
  records,
  health,
  errors,
} as const;

export const en = {
  ...frame,
  ...connections,
  ...accounts,
  ...notices,
  ...link,
  ...review,
  ...progress,
  ...held,
  ...activity,
  ...records,
  ...health,
  ...errors,
} as const;
