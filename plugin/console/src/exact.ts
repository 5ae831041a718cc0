// Decimals of a bank as text, with every digit, apart from what a first load needs.

import { formatDecimal, moneyOf } from './money';

const ANY_DECIMAL = /^(-?)(\d{1,300})(?:\.(\d{1,300}))?$/;

/**
 * A decimal as the bank wrote it, with the signs of `locale` and every digit, and its currency where one is given. What is
 * no decimal stays as it is.
 */
export function formatExact(decimal: string, currency: string, locale: string): string {
  if (currency !== '' && moneyOf(decimal, 0, currency) !== null) return formatDecimal(decimal, currency, locale);
  const match = ANY_DECIMAL.exec(decimal);
  if (match === null) return decimal;
  const [, sign = '', whole = '', fraction = ''] = match;
  const format = new Intl.NumberFormat(`${locale}-u-nu-latn`, fraction === '' ? {} : { minimumFractionDigits: 1 });
  const shape = BigInt(whole) === 0n ? 1n : BigInt(whole);
  const text = format
    .formatToParts(sign === '' ? shape : -shape)
    .map((part) => {
      if (part.type === 'fraction') return fraction;
      if (part.type === 'integer' && BigInt(whole) === 0n) return '0';
      return part.type === 'minusSign' ? '\u2212' : part.value;
    })
    .join('');
  return currency === '' ? text : `${text}\u00a0${currency}`;
}
