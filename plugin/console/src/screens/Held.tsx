// Held transactions: what the bank has shown and no books have, page by page.

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { useSession } from '../context';
import { t, word } from '../i18n';
import { Amount, Badge, Day, Failure, Foreign, Go, Loaded, Page, useOwnId } from '../parts/basics';
import { usePages } from '../pages';
import { asApiError, useResource } from '../resource';
import { go } from '../router';
import { plain, titled } from '../text';
import type { HeldAccount, HeldAccounts, HeldChoice, HeldEntry, HeldTransaction } from '../types';

/** Held because the amount fits no ledger: then only the bank's own text is true. */
const UNREADABLE = ['overflow', 'no_currency', 'unknown_currency', 'not_a_number'];

/** What a person says of transactions that may be in the books already. */
function Choices(props: { count: number; busy: boolean; bookOnly?: boolean; onChoose: (choice: HeldChoice) => void; label: string }): JSX.Element {
  return (
    <span class="actions" role="group" aria-label={props.label}>
      <button type="button" disabled={props.busy} onClick={() => props.onChoose('book')}>{t('held.book', { count: props.count })}</button>
      {props.bookOnly !== true && (
        <button type="button" disabled={props.busy} onClick={() => props.onChoose('leave_out')}>
          {t('held.leave_out', { count: props.count })}
        </button>
      )}
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
      <td class="why" data-label={t('held.why')}>
        <span class="block">{word('held', transaction.reason, transaction.reason)}</span>
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

const BATCHES = [['overlap', 'held.overlap_all'], ['rounded', 'held.rounded_all'], ['undone', 'held.undone_all']] as const;

/** One answer for all that are shown and wait for the same, at most as many as the server takes at once. */
function ChooseAll(props: { items: HeldTransaction[]; decide: Decide }): JSX.Element | null {
  if (!props.decide.allowed) return null;
  return (
    <>
      {BATCHES.map(([reason, lead]) => {
        const open = props.items.filter((one) => one.reason === reason).slice(0, 500);
        return open.length < 2 ? null : (
          <p key={reason} class="card">
            {t(lead, { count: open.length })}{' '}
            <Choices
              count={open.length}
              busy={props.decide.busy}
              label={`${t('held.decide_all')}: ${word('held', reason, reason)}`}
              bookOnly={reason === 'undone'}
              onChoose={(choice) => props.decide.choose(open, choice)}
            />
          </p>
        );
      })}
    </>
  );
}

/** Why those that are shown wait, how many for each, and what releases them. */
function Reasons(props: { items: HeldTransaction[] }): JSX.Element | null {
  const counts = new Map<string, number>();
  for (const { reason } of props.items) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return (
    <ul class="small">
      {[...counts].map(([reason, count]) => (
        <li key={reason}>{t('imports.reason', { reason: word('held', reason, reason), count })}{' – '}{word('heldUntil', reason, '')}</li>
      ))}
    </ul>
  );
}

/** What waits for a link leads to where the link is made. */
function Unlinked(props: { items: HeldTransaction[]; connection: string | null }): JSX.Element | null {
  const { can } = useSession();
  if (!can.link || props.connection === null || !props.items.some((one) => one.reason === 'not_linked')) return null;
  return (
    <p class="card pair">
      <span>{t('held.link_lead')}</span>
      <Go to={{ name: 'review', connection: props.connection }} kind="primary">{t('held.link')}</Go>
    </p>
  );
}

function Transactions(props: { account: string; connection: string | null; onDecided: () => void }): JSX.Element {
  const pages = usePages<HeldTransaction, string>(`held ${props.account}`, async (after) => {
    const page = await api.held(props.account, after);
    return { items: page.transactions, next: page.next };
  });
  const decide = useDecide(props.account, pages.drop, props.onDecided);
  return (
    <>
      {decide.failed !== null && <Failure error={decide.failed} />}
      <Unlinked items={pages.items} connection={props.connection} />
      <Reasons items={pages.items} />
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

/** From so many on there is something to search through. */
const SEARCH_FROM = 12;

/** Accounts with something held, and the one that is looked at. */
function Picker(props: { page: HeldAccounts; account: string | null; search: string; onSearch: (search: string) => void }): JSX.Element {
  const id = useOwnId('held');
  const { accounts, next } = props.page;
  const seen = useRef(new Map<string, HeldAccount>());
  for (const one of accounts) seen.current.set(one.id, one);
  // The account that is looked at stays in the list when nothing of it is held any more.
  const listed = accounts.some((one) => one.id === props.account);
  const last = seen.current.get(props.account ?? '');
  const complete = next === null && props.search === '';
  const known = last === undefined ? undefined : { ...last, held: complete ? 0 : last.held };
  if (accounts.length === 0 && props.search === '' && props.account === null) return <p class="card">{t('held.none')}</p>;
  return (
    <div class="field">
      <label for={id}>{t('held.account')}</label>
      {(accounts.length >= SEARCH_FROM || props.search !== '') && (
        <input
          type="search"
          maxLength={60}
          placeholder={t('held.search')}
          aria-label={t('held.search')}
          value={props.search}
          onInput={(event) => props.onSearch(event.currentTarget.value)}
        />
      )}
      <select
        id={id}
        value={props.account ?? ''}
        onChange={(event) => go({ name: 'held', account: event.currentTarget.value || null })}
      >
        <option value="">{t('held.choose')}</option>
        {props.account !== null && !listed && known === undefined && <option value={props.account}>{t('held.this')}</option>}
        {[...(listed || known === undefined ? [] : [known]), ...accounts].map((account) => (
          <option key={account.id} value={account.id}>
            {t('held.option', {
              account: titled(account.name, account.mask),
              institution: account.institution || t('app.bank'),
              count: account.held,
            })}
          </option>
        ))}
        {next !== null && <option disabled>{t('held.search_more')}</option>}
      </select>
    </div>
  );
}

export function Held(props: { account: string | null }): JSX.Element {
  const [search, setSearch] = useState('');
  const last = useRef<HeldAccounts | null>(null);
  const read = useResource(`held accounts ${search}`, () => api.heldAccounts(search.trim(), ''), () => 0);
  last.current = read.data ?? last.current;
  const places = last.current?.accounts ?? [];
  // Where there is one account only, nobody has to choose it.
  const only = places.length === 1 && search === '' ? places[0]?.id ?? null : null;
  const account = props.account ?? only;
  const connection = places.find((one) => one.id === account)?.connection_id ?? null;
  return (
    <Page title={t('held.title')}>
      <p class="lead">{t('held.lead')}</p>
      <Loaded from={{ ...read, data: last.current }}>
        {(page) => <Picker page={page} account={account} search={search} onSearch={setSearch} />}
      </Loaded>
      {account !== null && <Transactions key={account} account={account} connection={connection} onDecided={read.reload} />}
    </Page>
  );
}
