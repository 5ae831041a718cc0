// Money as text. Amounts are integers with an exponent; they never become a floating-point number.

import type { Money } from './types';

const UNITS = /^-?\d{1,30}$/;
const MAX_EXPONENT = 12;

interface Digits {
  negative: boolean;
  whole: bigint;
  fraction: string;
}

function digitsOf(money: Money): Digits | null {
  const { units, exponent } = money;
  if (!UNITS.test(units) || !Number.isInteger(exponent) || exponent < 0 || exponent > MAX_EXPONENT) {
    return null;
  }
  const negative = units.startsWith('-') && BigInt(units) !== 0n;
  const all = units.replace('-', '').padStart(exponent + 1, '0');
  const cut = all.length - exponent;
  return { negative, whole: BigInt(all.slice(0, cut)), fraction: all.slice(cut) };
}

/** The plain decimal text: units -5, exponent 2 is "-0.05". Null when it is not an amount. */
export function decimalText(money: Money): string | null {
  const digits = digitsOf(money);
  if (digits === null) return null;
  const point = digits.fraction === '' ? '' : `.${digits.fraction}`;
  return `${digits.negative ? '-' : ''}${digits.whole}${point}`;
}

const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,12}))?$/;

/** An exact decimal as an amount, with at least `exponent` digits behind the point; null when it is none. */
export function moneyOf(decimal: string, exponent: number, currency: string): Money | null {
  const match = DECIMAL.exec(decimal);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = ''] = match;
  const digits = fraction.padEnd(exponent, '0');
  return { units: `${sign}${BigInt(whole + digits)}`, exponent: digits.length, currency };
}

function formatterFor(money: Money, locale: string): { format: Intl.NumberFormat; suffix: string } {
  const fixed = { minimumFractionDigits: money.exponent, maximumFractionDigits: money.exponent };
  const tag = `${locale}-u-nu-latn`;
  if (/^[A-Z]{3}$/.test(money.currency)) {
    const format = new Intl.NumberFormat(tag, { style: 'currency', currency: money.currency, ...fixed });
    return { format, suffix: '' };
  }
  // Currencies that only a provider knows ("USDC", "BTC-X") are no codes for Intl.
  return { format: new Intl.NumberFormat(tag, fixed), suffix: `\u00a0${money.currency}` };
}

/**
 * The amount as people of `locale` (without extensions: "en-US") write it, exact to the last digit.
 * Only the whole part goes through Intl, as a BigInt; the digits after the point are put in as they
 * are. What is not an amount is shown as "?" rather than as a wrong number.
 */
export function formatMoney(money: Money, locale: string): string {
  const digits = digitsOf(money);
  if (digits === null) return '?';
  const { format, suffix } = formatterFor(money, locale);
  // Zero has no sign as a BigInt, so -0.05 borrows the shape of -1.
  const borrowed = digits.negative && digits.whole === 0n;
  const shape = borrowed ? -1n : digits.negative ? -digits.whole : digits.whole;
  const text = format
    .formatToParts(shape)
    .map((part) => {
      if (part.type === 'fraction') return digits.fraction;
      if (part.type === 'integer' && borrowed) return '0';
      return part.type === 'minusSign' ? '\u2212' : part.value;
    })
    .join('');
  return text + suffix;
}

/** An exact decimal with as many digits behind the point as the currency has at least; as it is where it is none. */
export function formatDecimal(decimal: string, currency: string, locale: string): string {
  const known = /^[A-Z]{3}$/.test(currency);
  const usual = known ? new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 0 : 0;
  const money = moneyOf(decimal, usual, currency);
  return money === null ? `${decimal}\u00a0${currency}` : formatMoney(money, locale);
}
