import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../src/api';
import { formatExact } from '../src/exact';
import { decimalText, formatDecimal, formatMoney, moneyOf } from '../src/money';
import type { Money } from '../src/types';

const money = (units: string, exponent: number, currency: string): Money => ({ units, exponent, currency });

test('an amount keeps every digit of an int64', () => {
  assert.equal(decimalText(money('9223372036854775807', 2, 'USD')), '92233720368547758.07');
  assert.equal(formatMoney(money('9223372036854775807', 2, 'USD'), 'en-US'), '$92,233,720,368,547,758.07');
  assert.equal(formatMoney(money('-9223372036854775808', 2, 'USD'), 'en-US'), '−$92,233,720,368,547,758.08');
  assert.equal(formatMoney(money('9007199254740993', 0, 'JPY'), 'en-US'), '¥9,007,199,254,740,993');
});

test('an amount below one keeps its sign and its zeros', () => {
  assert.equal(formatMoney(money('-5', 2, 'USD'), 'en-US'), '−$0.05');
  assert.equal(formatMoney(money('5', 2, 'USD'), 'en-US'), '$0.05');
  assert.equal(formatMoney(money('0', 2, 'USD'), 'en-US'), '$0.00');
  assert.equal(formatMoney(money('-0', 2, 'USD'), 'en-US'), '$0.00');
  assert.equal(formatMoney(money('-100', 2, 'USD'), 'en-US'), '−$1.00');
  assert.equal(decimalText(money('-5', 3, 'KWD')), '-0.005');
});

test('the exponent is the one of the amount, whatever the currency', () => {
  assert.equal(formatMoney(money('1234', 3, 'KWD'), 'en-US').replace(/\s/g, ' '), 'KWD 1.234');
  assert.equal(formatMoney(money('1234', 0, 'JPY'), 'en-US'), '¥1,234');
  assert.equal(formatMoney(money('100000001', 8, 'USD'), 'en-US'), '$1.00000001');
});

test('a currency that only a provider knows is written after the amount', () => {
  assert.equal(formatMoney(money('150000000', 8, 'USDC'), 'en-US'), '1.50000000\u00a0USDC');
  assert.equal(formatMoney(money('-1', 8, 'x-coin'), 'en-US'), '−0.00000001\u00a0x-coin');
});

test('what is not an amount is never shown as one', () => {
  assert.equal(formatMoney(money('1e3', 2, 'USD'), 'en-US'), '?');
  assert.equal(formatMoney(money('', 2, 'USD'), 'en-US'), '?');
  assert.equal(formatMoney(money('1', -1, 'USD'), 'en-US'), '?');
  assert.equal(formatMoney(money('1', 1.5, 'USD'), 'en-US'), '?');
});

test('formatting agrees with plain digits for many seeded amounts and locales', () => {
  const seed = 20261122;
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  for (let round = 0; round < 500; round += 1) {
    const digits = 1 + (next() % 19);
    let units = next() % 2 === 0 ? '-' : '';
    for (let at = 0; at < digits; at += 1) units += String(next() % 10);
    const exponent = next() % 9;
    for (const locale of ['en-US', 'en-IN', 'zh-CN']) {
      const one = money(units, exponent, 'USD');
      const shown = formatMoney(one, locale).replace('−', '-').replace(/[^\d.-]/g, '');
      assert.equal(shown, decimalText(one), `seed ${seed}, units ${units}, exponent ${exponent}, ${locale}`);
    }
  }
});

test('units beyond the exact range of doubles survive the reading of JSON', () => {
  const read = parseJson('{"a":{"units":9223372036854775807,"exponent":2},"b":[{"units" : -12}],"n":3}');
  assert.deepEqual(read, { a: { units: '9223372036854775807', exponent: 2 }, b: [{ units: '-12' }], n: 3 });
});

test('text of a bank that looks like units stays text', () => {
  const hostile = JSON.stringify({ name: '"units":12, "x', other: '{"units":5}' });
  assert.deepEqual(parseJson(hostile), { name: '"units":12, "x', other: '{"units":5}' });
});

test('a decimal becomes an amount digit by digit', () => {
  assert.deepEqual(moneyOf('3', 2, 'USD'), { units: '300', exponent: 2, currency: 'USD' });
  assert.deepEqual(moneyOf('-0.005', 2, 'USD'), { units: '-5', exponent: 3, currency: 'USD' });
  assert.deepEqual(moneyOf('98765432109876543210.5', 2, 'USD'), { units: '9876543210987654321050', exponent: 2, currency: 'USD' });
  for (const bad of ['', '.5', '1e3', '1,000', '+1', '1.1234567890123']) assert.equal(moneyOf(bad, 2, 'USD'), null, bad);
});

test('a decimal without an exponent is written with the digits that its currency has', () => {
  assert.equal(formatDecimal('12.3', 'USD', 'en-US'), '$12.30');
  assert.equal(formatDecimal('-12.345', 'USD', 'en-US'), '\u2212$12.345');
  assert.equal(formatDecimal('1250', 'JPY', 'en-US'), '\u00a51,250');
  assert.equal(formatDecimal('0.5', 'BTC-X', 'en-US'), '0.5\u00a0BTC-X');
  assert.equal(formatDecimal('much', 'USD', 'en-US'), 'much\u00a0USD');
});

test('an exact amount keeps every digit and has the signs of its reader', () => {
  assert.equal(formatExact('-14.999', 'USD', 'en-US'), '\u2212$14.999');
  assert.equal(formatExact('-14.999', 'USDC', 'zh-CN'), '\u221214.999\u00a0USDC');
  assert.equal(formatExact('-0.004', '', 'en-US'), '\u22120.004');
  assert.equal(formatExact('99999999999999999999.99', '', 'en-US'), '99,999,999,999,999,999,999.99');
  assert.equal(formatExact('-1234567.5', '', 'de-DE'), '\u22121.234.567,5');
  // More digits than an amount has.
  assert.equal(formatExact('-1.12345678901234567', 'USD', 'en-US'), '\u22121.12345678901234567\u00a0USD');
  for (const none of ['', '12,5O', '1e3', '--1', '.5']) assert.equal(formatExact(none, 'USD', 'en-US'), none, none);
});
