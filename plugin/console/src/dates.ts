// Times from the API are RFC 3339 in UTC, dates are civil dates without a time zone.

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** The day after a civil date, or null when the text is not one. */
export function dayAfter(date: string): string | null {
  const match = DAY.exec(date);
  if (match === null) return null;
  const next = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + 1));
  return next.toISOString().slice(0, 10);
}

/** Today's civil date where the reader is. */
export function today(): string {
  const now = new Date();
  return new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())).toISOString().slice(0, 10);
}

function noonOf(date: string): Date | null {
  const match = DAY.exec(date);
  return match === null ? null : new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]), 12));
}

const civil = (locale: string): Intl.DateTimeFormat => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });

/** A civil date in words; it is never shifted by the reader's time zone. */
export function formatDate(date: string, locale: string): string {
  const noon = noonOf(date);
  return noon === null ? date : civil(locale).format(noon);
}

/** From one civil date to another; when they are the same, just that one. */
export function formatDays(first: string, last: string, locale: string): string {
  const [from, to] = [noonOf(first), noonOf(last)];
  return from === null || to === null || from > to ? formatDate(first, locale) : civil(locale).formatRange(from, to);
}

/** A moment in the reader's time zone. */
export function formatTime(at: string, locale: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/**
 * "5 minutes ago", "in 2 hours"; within a minute "now", because clocks differ by seconds.
 * After 30 days the date says more than a count of days.
 */
export function formatRelative(at: string, now: number, locale: string): string {
  const time = new Date(at).getTime();
  if (Number.isNaN(time)) return at;
  const seconds = Math.round((time - now) / 1000);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  if (Math.abs(seconds) > 30 * 86_400) return formatTime(at, locale);
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return words.format(0, 'second');
}
