// 简体中文目录：每个页面一个部分，与 en/ 相同；类型和测试保证两者的键一致。

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

export const zh = {
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
};
