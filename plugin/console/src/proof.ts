// How the bank's balance stands to that of the books, in words.

import { formatDate, formatTime } from './dates';
import { currentLocale, t } from './i18n';
import type { MessageKey } from './i18n';
import { formatMoney, moneyOf } from './money';
import type { BalanceProof, Money } from './types';

const ZERO = /^-?0+(\.0+)?$/;

/** What may stand between the two balances, in the order in which a person can do something. */
function partsOf(proof: BalanceProof): [MessageKey, string][] {
  const parts: [MessageKey, string | null][] = [
    ['proof.removed', proof.removed],
    ['proof.held', proof.held],
    ['proof.kept', proof.kept],
    ['proof.pending', proof.pending_included ? proof.pending : null],
    ['proof.rounding', proof.rounding],
    ['proof.unexplained', proof.unexplained],
  ];
  return parts.filter((part): part is [MessageKey, string] => part[1] !== null && !ZERO.test(part[1]));
}

/** A part of a line; an amount must not be broken over two lines. */
export interface Piece {
  text: string;
  amount: boolean;
}

// Characters of no meaning that stand around an amount while it is a word of a sentence.
const BEGIN = '\ue000';
const END = '\ue001';

function piecesOf(line: string): Piece[] {
  return line.split(/(\ue000[^\ue001]*\ue001)/).filter((text) => text !== '')
    .map((text) => ({ text: text.replace(/[\ue000\ue001]/g, ''), amount: text.startsWith(BEGIN) }));
}

/**
 * The books' balance, by how much the bank's differs and what of that is known, then since when or
 * as of when. Nothing where the two agree, and where they were not compared. `balance` gives the
 * digits that the account's amounts are written with.
 */
export function proofLines(proof: BalanceProof | null | undefined, balance: Money | null): Piece[][] {
  if (proof == null || proof.ledger === null || proof.difference === null) return [];
  const parts = partsOf(proof);
  if (ZERO.test(proof.difference) && parts.length === 0) return [];
  const locale = currentLocale();
  const amount = (decimal: string): string => {
    const money = moneyOf(decimal, balance?.exponent ?? 0, proof.currency);
    return money === null ? '?' : BEGIN + formatMoney(money, locale) + END;
  };
  const words = { ledger: amount(proof.ledger), difference: amount(proof.difference) };
  const known = new Intl.ListFormat(locale, { type: 'conjunction' })
    .format(parts.map(([key, decimal]) => t(key, { amount: amount(decimal) })));
  const lines = [parts.length === 0 ? t('proof.differs', words) : `${t('proof.differs_of', words)} ${known}`];
  if (proof.state === 'settling') lines.push(t('proof.settling'));
  else if (proof.state === 'differs' && proof.since !== null) {
    lines.push(t('proof.since', { date: formatDate(proof.since.slice(0, 10), locale) }));
  } else if (proof.looked_at !== null) lines.push(t('proof.as_of', { time: formatTime(proof.looked_at, locale) }));
  return lines.map(piecesOf);
}
