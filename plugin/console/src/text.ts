// Text that a bank or a person at the bank wrote. It is shown only through text nodes, and even
// there it must not reorder, hide or stretch what we say around it.

const LIMIT = 200;
// Controls, and the characters that change the direction of what follows them.
const UNWANTED = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** One line without controls or direction marks, at most 200 code points. */
export function plain(text: string): string {
  const clean = text.replace(UNWANTED, ' ').replace(/[^\S\u00a0]+/gu, ' ').trim();
  const points = Array.from(clean.slice(0, LIMIT * 2));
  return points.length <= LIMIT && clean.length <= LIMIT * 2
    ? clean
    : `${points.slice(0, LIMIT - 1).join('')}…`;
}

/** "••0000", or "" for an account without a mask. */
export function masked(mask: string | null): string {
  const digits = plain(mask ?? '');
  return digits === '' ? '' : `••${digits}`;
}

/** "Savings ••1111", with a space that does not break. */
export function titled(name: string, mask: string | null): string {
  const end = masked(mask);
  return end === '' ? plain(name) : `${plain(name)}\u00a0${end}`;
}

/** A provider's code that has no words of ours, as words: "FOOD_AND_DRINK" is "Food and drink". */
export function spoken(code: string): string {
  const words = plain(code).replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
