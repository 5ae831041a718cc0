// Why transactions wait: how many for each reason, what releases them, and where that is done.

import type { JSX } from 'preact';
import { codes } from '../codes';
import { useSession } from '../context';
import { formatCount, t, word } from '../i18n';
import { hrefOf, pageOf } from '../router';
import type { HeldAccount, HeldCounts } from '../types';
import { Go } from './basics';

/** The books' own doing: they are opened there. */
const BY_BOOKS = ['period_closed', 'account_closed', 'reconciled'];

/** A person decides about each in the list. */
const BY_PERSON = ['overlap', 'undone', 'rounded', 'removed', 'left_out_changed', 'left_out'];

/** What their data keep out of the books: nothing but the bank, or a person who says that the books have it otherwise. */
export const BY_DATA = ['overflow', 'no_currency', 'unknown_currency', 'currency_differs', 'not_a_number'];

/** Beside what is held: lanes that have lists of their own. */
export const LANES: readonly string[] = codes.heldLane;

/** What a reason of a list, or one of the lanes beside it, is called. */
export const reasonName = (reason: string): string =>
  LANES.includes(reason) ? word('heldLane', reason, reason) : word('held', reason, reason);

/** In the order in which the reasons are listed everywhere; those that are new to this page come last. */
function inOrder(reasons: HeldCounts['reasons']): HeldCounts['reasons'] {
  const place = (reason: string): number => {
    const at = (codes.held as readonly string[]).indexOf(reason);
    return at < 0 ? codes.held.length : at;
  };
  return [...reasons].sort((a, b) => place(a.reason) - place(b.reason));
}

/** Where what releases it is done: of one account, or of all. */
function Place(props: { reason: string; account: HeldAccount | null }): JSX.Element | null {
  const { reason, account } = props;
  const { can, books_url: books } = useSession();
  const address = pageOf(books);
  if (BY_BOOKS.includes(reason)) return address === null ? null : <a href={address}>{t('action.open_books')}</a>;
  // Of all accounts, and of what a person decides about, the reason itself leads to where it is done.
  if (account === null || !can.link || BY_PERSON.includes(reason)) return null;
  const connection = account.connection_id;
  if (reason === 'not_linked') return <Go to={{ name: 'review', connection }}>{t('held.link')}</Go>;
  if (reason === 'currency_differs') return <Go to={{ name: 'review', connection }}>{t('held.link')}</Go>;
  if (reason === 'before_start') return <Go to={{ name: 'review', connection }}>{t('start.open')}</Go>;
  // What only the bank can say comes when it is asked: a login that is broken stands in its way.
  return account.connection_state === 'needs_user' ? <Go to={{ name: 'repair', connection }}>{t('action.repair')}</Go> : null;
}

function Line(props: { reason: string; count: number; account: HeldAccount | null; chosen: string | null }): JSX.Element {
  const { reason, count, account } = props;
  const to = { name: 'held', account: account?.id ?? null, reason } as const;
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf(to)} aria-current={props.chosen === reason ? 'true' : undefined}>{reasonName(reason)}</a>
      </th>
      <td class="why" data-label={t('held.until')}>
        <span>{word('heldUntil', reason, '')} <Place reason={reason} account={account} /></span>
      </td>
      <td class="number count" data-label={t('held.count')}>{formatCount(count)}</td>
    </tr>
  );
}

function Lines(props: { title: string; lines: HeldCounts['reasons']; account: HeldAccount | null; chosen: string | null }): JSX.Element | null {
  if (props.lines.length === 0) return null;
  return (
    <table class="reasons">
      <caption class="hidden">{props.title}</caption>
      <thead>
        <tr>
          <th scope="col">{props.title}</th>
          <th scope="col">{t('held.until')}</th>
          <th scope="col" class="number">{t('held.count')}</th>
        </tr>
      </thead>
      <tbody>
        {props.lines.map((one) => <Line key={one.reason} {...one} account={props.account} chosen={props.chosen} />)}
      </tbody>
    </table>
  );
}

/** Of one account, or of all where none is given; `chosen` is the reason whose list is shown. */
export function HeldReasons(props: { counts: HeldCounts; account: HeldAccount | null; chosen: string | null }): JSX.Element {
  const { counts, account, chosen } = props;
  const beside = [
    { reason: 'pending', count: counts.pending },
    { reason: 'before_start', count: counts.before_start },
    { reason: 'left_out', count: counts.left_out },
  ].filter(({ count }) => count > 0);
  return (
    <>
      <p><strong>{t('imports.reason', { reason: t('held.title'), count: counts.held })}</strong></p>
      <Lines title={t('held.reasons')} lines={inOrder(counts.reasons)} account={account} chosen={chosen} />
      <Lines title={t('held.beside')} lines={beside} account={account} chosen={chosen} />
      {chosen !== null && (
        <p>
          <Go to={{ name: 'held', account: account?.id ?? null }}>{t('held.all')}</Go>
        </p>
      )}
    </>
  );
}

/** The reasons of an account in short, each a way to its list. */
export function ReasonLinks(props: { account: HeldAccount }): JSX.Element {
  const { account } = props;
  return (
    <ul class="fact-list">
      {inOrder(account.reasons).map(({ reason, count }) => (
        <li key={reason}><Go to={{ name: 'held', account: account.id, reason }}>{t('imports.reason', { reason: reasonName(reason), count })}</Go></li>
      ))}
    </ul>
  );
}
