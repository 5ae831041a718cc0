// Held transactions: what the bank has shown and no books have, page by page.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api';
import { useSession } from '../context';
import { t, word } from '../i18n';
import { Amount, Badge, Day, Failure, Foreign, Loaded, Page, useOwnId } from '../parts/basics';
import { usePages } from '../pages';
import { asApiError, useResource } from '../resource';
import { go } from '../router';
import { plain, titled } from '../text';
import type { HeldChoice, HeldEntry, HeldTransaction, Overview } from '../types';

/** Held because the amount fits no ledger: then only the bank's own text is true. */
const UNREADABLE = ['overflow', 'no_currency', 'unknown_currency', 'not_a_number'];

/** What a person says of transactions that may be in the books already. */
function Choices(props: { count: number; busy: boolean; onChoose: (choice: HeldChoice) => void; label: string }): JSX.Element {
  return (
    <span class="actions" role="group" aria-label={props.label}>
      <button type="button" disabled={props.busy} onClick={() => props.onChoose('book')}>{t('held.book', { count: props.count })}</button>
      <button type="button" disabled={props.busy} onClick={() => props.onChoose('leave_out')}>
        {t('held.leave_out', { count: props.count })}
      </button>
    </span>
  );
}

interface Decide {
  account: string;
  allowed: boolean;
  busy: boolean;
  choose: (transactions: HeldTransaction[], choice: HeldChoice, entry?: string) => void;
}

const waits = (one: HeldTransaction): boolean => one.reason === 'overlap';

const titleOf = (one: { merchant: string; name: string }): string => (one.merchant === '' ? one.name : one.merchant);

function Entry(props: { entry: HeldEntry; title: string; busy: boolean; onChoose: () => void }): JSX.Element {
  const { entry } = props;
  return (
    <li>
      <Day date={entry.date} />{' '}
      {entry.amount !== null && <Amount money={entry.amount} />}{' '}
      <Foreign text={titleOf(entry)} />{' '}
      <button
        type="button"
        disabled={props.busy}
        aria-label={t('held.entries.choose_named', { name: plain(props.title), date: entry.date })}
        onClick={props.onChoose}
      >
        {t('held.entries.choose')}
      </button>
    </li>
  );
}

/** The entries that a held transaction may be; asked for when somebody opens the list. */
function Entries(props: { transaction: HeldTransaction; decide: Decide }): JSX.Element {
  const { transaction, decide } = props;
  const title = titleOf(transaction);
  const found = useResource(`entries ${decide.account} ${transaction.id}`, () => api.heldEntries(decide.account, transaction.id), () => 0);
  return (
    <Loaded from={found}>
      {(data) => (
        <section aria-label={t('held.entries', { name: plain(title) })}>
          <p class="small">{t(data.entries.length === 0 ? 'held.entries.none' : 'held.entries.lead')}</p>
          <ul>
            {data.entries.map((entry) => (
              <Entry
                key={entry.id}
                entry={entry}
                title={title}
                busy={decide.busy}
                onChoose={() => decide.choose([transaction], 'same_as', entry.id)}
              />
            ))}
          </ul>
        </section>
      )}
    </Loaded>
  );
}

/** The three answers to one transaction. */
function Answers(props: { transaction: HeldTransaction; decide: Decide }): JSX.Element {
  const { transaction, decide } = props;
  const [open, setOpen] = useState(false);
  return (
    <span class="block">
      <Choices
        count={1}
        busy={decide.busy}
        label={t('held.decide', { name: plain(titleOf(transaction)) })}
        onChoose={(choice) => decide.choose([transaction], choice)}
      />
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>{t('held.same_as')}</button>
      {open && <Entries transaction={transaction} decide={decide} />}
    </span>
  );
}

/** What may be said of a transaction that a person undid, or that is more precise than its currency. */
function Simple(props: { transaction: HeldTransaction; decide: Decide }): JSX.Element | null {
  const { transaction, decide } = props;
  const label = t('held.decide', { name: plain(titleOf(transaction)) });
  if (transaction.reason === 'rounded')
    return <Choices count={1} busy={decide.busy} label={label} onChoose={(choice) => decide.choose([transaction], choice)} />;
  if (transaction.reason !== 'undone') return null;
  return (
    <span class="actions" role="group" aria-label={label}>
      <button type="button" disabled={decide.busy} onClick={() => decide.choose([transaction], 'book')}>{t('held.book', { count: 1 })}</button>
    </span>
  );
}

function Row(props: { transaction: HeldTransaction; decide: Decide }): JSX.Element {
  const { transaction, decide } = props;
  const { merchant, name } = transaction;
  const title = titleOf(transaction);
  return (
    <tr>
      <td data-label={t('held.date')}><Day date={transaction.date} /></td>
      <th scope="row">
        <Foreign text={title} />
        {transaction.pending && <> <Badge tone="info">{t('held.pending')}</Badge></>}
        {merchant !== '' && plain(name) !== plain(merchant) && <span class="small block"><Foreign text={name} /></span>}
      </th>
      <td data-label={t('held.why')}>
        {word('held', transaction.reason, transaction.reason)}
        {decide.allowed && <Simple transaction={transaction} decide={decide} />}
        {decide.allowed && waits(transaction) && <Answers transaction={transaction} decide={decide} />}
        {decide.allowed && transaction.reason === 'removed' && (
          <button
            type="button"
            disabled={decide.busy}
            aria-label={t('held.import_again_named', { name: plain(title) })}
            onClick={() => decide.choose([transaction], 'import_again')}
          >
            {t('held.import_again')}
          </button>
        )}
      </td>
      <td class="number" data-label={t('held.amount')}>
        {transaction.amount === null || UNREADABLE.includes(transaction.reason)
          ? <Foreign text={transaction.exact} /> : <Amount money={transaction.amount} />}
        {transaction.rounded && <span class="small block">{t('held.exact', { exact: transaction.exact })}</span>}
      </td>
    </tr>
  );
}

/** Asks for a decision and takes what was decided off the list. */
function useDecide(
  account: string, drop: (gone: (one: HeldTransaction) => boolean) => void, decided: () => void,
): Decide & { failed: api.ApiError | null } {
  const { can } = useSession();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const choose = async (transactions: HeldTransaction[], choice: HeldChoice, entry?: string): Promise<void> => {
    const ids = transactions.map((one) => one.id);
    setBusy(true);
    setFailed(null);
    try {
      await api.decideHeld(account, ids, choice, entry);
      drop((one) => ids.includes(one.id));
      decided();
    } catch (error) {
      setFailed(asApiError(error));
    }
    setBusy(false);
  };
  return {
    account, allowed: can.link, busy, failed,
    choose: (transactions, choice, entry) => void choose(transactions, choice, entry),
  };
}

/** One answer for all that are shown, at most as many as the server takes at once. */
function ChooseAll(props: { items: HeldTransaction[]; decide: Decide }): JSX.Element | null {
  const open = props.items.filter(waits).slice(0, 500);
  if (!props.decide.allowed || open.length < 2) return null;
  return (
    <p class="card">
      {t('held.overlap_all', { count: open.length })}{' '}
      <Choices
        count={open.length}
        busy={props.decide.busy}
        label={t('held.decide_all')}
        onChoose={(choice) => props.decide.choose(open, choice)}
      />
    </p>
  );
}

function Transactions(props: { account: string; onDecided: () => void }): JSX.Element {
  const pages = usePages<HeldTransaction, string>(`held ${props.account}`, async (after) => {
    const page = await api.held(props.account, after);
    return { items: page.transactions, next: page.next };
  });
  const decide = useDecide(props.account, pages.drop, props.onDecided);
  return (
    <>
      {decide.failed !== null && <Failure error={decide.failed} />}
      <ChooseAll items={pages.items} decide={decide} />
      {pages.items.length > 0 && (
        <table class="rows">
          <caption class="hidden">{t('held.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('held.date')}</th>
              <th scope="col">{t('held.what')}</th>
              <th scope="col">{t('held.why')}</th>
              <th scope="col" class="number">{t('held.amount')}</th>
            </tr>
          </thead>
          <tbody>{pages.items.map((one) => <Row key={one.id} transaction={one} decide={decide} />)}</tbody>
        </table>
      )}
      {pages.error !== null && <Failure error={pages.error} retry={pages.more} />}
      <p role="status" class="small">
        {pages.busy ? t('app.loading') : pages.begun && (pages.items.length === 0
          ? t('held.none_here') : t('held.shown', { count: pages.items.length }))}
      </p>
      {pages.hasMore && (
        <p><button type="button" disabled={pages.busy} onClick={pages.more}>{t('held.more')}</button></p>
      )}
    </>
  );
}

/** Accounts with something held, and the one that is looked at. */
function Picker(props: { overview: Overview; account: string | null }): JSX.Element {
  const id = useOwnId('held');
  const choices = props.overview.connections.flatMap((connection) => connection.accounts
    .filter((account) => account.held > 0 || account.id === props.account)
    .map((account) => ({ connection, account })));
  if (choices.length === 0) return <p class="card">{t('held.none')}</p>;
  return (
    <div class="field">
      <label for={id}>{t('held.account')}</label>
      <select
        id={id}
        value={props.account ?? ''}
        onChange={(event) => go({ name: 'held', account: event.currentTarget.value || null })}
      >
        <option value="">{t('held.choose')}</option>
        {choices.map(({ connection, account }) => (
          <option key={account.id} value={account.id}>
            {t('held.option', {
              account: titled(account.name, account.mask),
              institution: connection.institution || t('app.bank'),
              count: account.held,
            })}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Held(props: { account: string | null }): JSX.Element {
  const overview = useResource('overview', api.overview, () => 0);
  return (
    <Page title={t('held.title')}>
      <p class="lead">{t('held.lead')}</p>
      <Loaded from={overview}>{(data) => <Picker overview={data} account={props.account} />}</Loaded>
      {props.account !== null && <Transactions key={props.account} account={props.account} onDecided={overview.reload} />}
    </Page>
  );
}
