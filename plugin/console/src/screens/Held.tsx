// Held transactions: what the bank has shown and no books have. By account and reason first, then
// those of an account, page by page.

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { useSession } from '../context';
import { currentLocale, formatCount, t } from '../i18n';
import type { MessageKey } from '../i18n';
import { formatExact } from '../exact';
import { BY_DATA, HeldReasons, ReasonLinks, reasonName } from '../parts/HeldReasons';
import { Amount, Badge, Day, Failure, Foreign, Go, Loaded, Page, When, useOwnId } from '../parts/basics';
import { usePages } from '../pages';
import { asApiError, useResource } from '../resource';
import { go } from '../router';
import { plain, titled } from '../text';
import type { HeldAccount, HeldAccounts, HeldChoice, HeldEntry, HeldPage, HeldTransaction } from '../types';

/** Held because the amount fits no ledger: then only the bank's own text is true. */
const UNREADABLE = ['overflow', 'no_currency', 'unknown_currency', 'not_a_number'];

/** The same may be so, whatever is said of it since. */
const MAY_BE_UNREADABLE = ['left_out', 'left_out_changed'];

/** The words of a button for so many. */
const CHOICES = { book: 'held.book', leave_out: 'held.leave_out', take_back: 'held.take_back' } as const;
type Choice = keyof typeof CHOICES;

/** What a person may say of transactions that wait for a reason, without more ado. */
const CHOICES_OF: Record<string, Choice[]> = {
  overlap: ['book', 'leave_out'], rounded: ['book', 'leave_out'], left_out_changed: ['book', 'leave_out'],
  undone: ['book'], left_out: ['take_back'], ...Object.fromEntries(BY_DATA.map((reason) => [reason, ['leave_out']])),
};

function Choices(props: { reason: string; count: number; busy: boolean; onChoose: (choice: HeldChoice) => void; label: string }): JSX.Element {
  return (
    <span class="actions" role="group" aria-label={props.label}>
      {(CHOICES_OF[props.reason] ?? []).map((choice) => (
        <button key={choice} type="button" disabled={props.busy} onClick={() => props.onChoose(choice)}>
          {t(CHOICES[choice], { count: props.count })}
        </button>
      ))}
    </span>
  );
}

interface Decide {
  account: string;
  /** Of the account; "" while it is not known. */
  currency: string;
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
        reason={transaction.reason}
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

/** What may be said of a transaction that is no question of the books. */
function Simple(props: { transaction: HeldTransaction; decide: Decide }): JSX.Element | null {
  const { transaction, decide } = props;
  if (waits(transaction) || CHOICES_OF[transaction.reason] === undefined) return null;
  const label = t('held.decide', { name: plain(titleOf(transaction)) });
  return <Choices reason={transaction.reason} count={1} busy={decide.busy} label={label} onChoose={(choice) => decide.choose([transaction], choice)} />;
}

/** Who left it out and when, and why it could not be booked. */
function LeftOut(props: { said: NonNullable<HeldTransaction['left_out']> }): JSX.Element {
  const { by, at, reason } = props.said;
  return (
    <span class="small block">
      {t('held.left_out_by', { by })} · <When at={at} />{reason !== '' && <> · {reasonName(reason)}</>}
    </span>
  );
}

/** The amount, or the bank's own text where there is none in units. */
function Stated(props: { transaction: HeldTransaction }): JSX.Element {
  const { amount, exact, reason } = props.transaction;
  if (amount !== null && !UNREADABLE.includes(reason) && !MAY_BE_UNREADABLE.includes(reason)) return <Amount money={amount} />;
  const currency = UNREADABLE.includes(reason) ? '' : amount?.currency ?? '';
  return <Foreign text={formatExact(exact, currency, currentLocale())} />;
}

/** With its sign on the same line, where it is not longer than a line. */
function Exact(props: { transaction: HeldTransaction }): JSX.Element {
  const { exact, amount } = props.transaction;
  const text = t('held.exact', { exact: formatExact(exact, amount?.currency ?? '', currentLocale()) });
  return <span class={text.length > 24 ? 'small block' : 'small block amount'}>{text}</span>;
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
        {transaction.pending && transaction.reason !== 'pending' && <> <Badge tone="info">{t('held.pending')}</Badge></>}
        {merchant !== '' && plain(name) !== plain(merchant) && <span class="small block"><Foreign text={name} /></span>}
      </th>
      <td class="why" data-label={t('held.why')}>
        <span class="block">{reasonName(transaction.reason)}</span>
        {transaction.left_out !== null && <LeftOut said={transaction.left_out} />}
        {transaction.reason === 'currency_differs' && decide.currency !== '' && transaction.amount !== null && (
          <span class="small block">{t('held.other_currency', { account: decide.currency, currency: transaction.amount.currency })}</span>
        )}
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
        <Stated transaction={transaction} />
        {transaction.rounded && <Exact transaction={transaction} />}
      </td>
    </tr>
  );
}

/** Asks for a decision and takes what was decided off the list. */
function useDecide(
  account: string, currency: string, drop: (gone: (one: HeldTransaction) => boolean) => void, decided: () => void,
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
    account, currency, allowed: can.link, busy, failed,
    choose: (transactions, choice, entry) => void choose(transactions, choice, entry),
  };
}

const LEADS: Record<string, MessageKey> = { overlap: 'held.overlap_all', rounded: 'held.rounded_all', undone: 'held.undone_all' };

/** One answer for all that are shown and wait for the same, at most as many as the server takes at once. */
function ChooseAll(props: { items: HeldTransaction[]; decide: Decide }): JSX.Element | null {
  if (!props.decide.allowed) return null;
  return (
    <>
      {Object.keys(CHOICES_OF).map((reason) => {
        const lead = LEADS[reason];
        const open = props.items.filter((one) => one.reason === reason).slice(0, 500);
        return open.length < 2 ? null : (
          <p key={reason} class="card">
            {lead === undefined ? t('imports.reason', { reason: reasonName(reason), count: open.length }) : t(lead, { count: open.length })}{' '}
            <Choices
              reason={reason}
              count={open.length}
              busy={props.decide.busy}
              label={`${t('held.decide_all')}: ${reasonName(reason)}`}
              onChoose={(choice) => props.decide.choose(open, choice)}
            />
          </p>
        );
      })}
    </>
  );
}

/** What is listed of an account: all that is held, or what waits for one reason. */
function Transactions(props: { account: string; reason: string | null; onDecided: () => void }): JSX.Element {
  const { account, reason } = props;
  const [head, setHead] = useState<HeldAccount | null>(null);
  const read = async (after: string | null): Promise<HeldPage> => {
    const page = await api.held(account, reason ?? '', after);
    if (page.account !== null) setHead(page.account);
    return page;
  };
  const pages = usePages<HeldTransaction, string>(`held ${account} ${reason ?? ''}`, async (after) => {
    const page = await read(after);
    return { items: page.transactions, next: page.next };
  });
  const decided = (): void => {
    props.onDecided();
    // What it leaves behind: of what is shown nothing moves while somebody decides.
    void read(null).catch(() => undefined);
  };
  const decide = useDecide(account, head?.currency ?? '', pages.drop, decided);
  return (
    <>
      {decide.failed !== null && <Failure error={decide.failed} />}
      {head !== null && head.id === account && <HeldReasons counts={head} account={head} chosen={reason} />}
      {reason !== null && <h2>{reasonName(reason)}</h2>}
      <ChooseAll items={pages.items} decide={decide} />
      {pages.items.length > 0 && (
        <table class="rows">
          <caption class="hidden">{reason === null ? t('held.title') : reasonName(reason)}</caption>
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

/** Accounts with something held, page by page behind the first. */
function Accounts(props: { first: HeldAccounts; search: string; reason: string | null }): JSX.Element {
  const { first, search, reason } = props;
  const [behind, setBehind] = useState<{ of: HeldAccounts; accounts: HeldAccount[]; next: string | null }>({ of: first, accounts: [], next: first.next });
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const rest = behind.of === first ? behind : { of: first, accounts: [], next: first.next };
  const accounts = [...first.accounts, ...rest.accounts];
  const more = async (): Promise<void> => {
    setBusy(true);
    setFailed(null);
    try {
      const page = await api.heldAccounts(search.trim(), reason ?? '', rest.next ?? '');
      setBehind({ of: first, accounts: [...rest.accounts, ...page.accounts], next: page.next });
    } catch (error) {
      setFailed(asApiError(error));
    }
    setBusy(false);
  };
  return (
    <section>
      <h2>{reason === null ? t('held.by_account') : reasonName(reason)}</h2>
      {accounts.length === 0 && <p class="quiet">{t('held.none')}</p>}
      {accounts.length > 0 && (
        <table class="reasons">
          <caption class="hidden">{t('held.by_account')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('held.account')}</th>
              <th scope="col">{t('held.reasons')}</th>
              <th scope="col" class="number">{t('held.count')}</th>
            </tr>
          </thead>
          <tbody>{accounts.map((one) => <AccountRow key={one.id} account={one} reason={reason} />)}</tbody>
        </table>
      )}
      {failed !== null && <Failure error={failed} retry={() => void more()} />}
      {rest.next !== null && <p><button type="button" disabled={busy} onClick={() => void more()}>{t('held.more')}</button></p>}
    </section>
  );
}

/** How many of an account are on the list that is asked for. */
function countOf(account: HeldAccount, reason: string | null): number {
  if (reason === null) return account.held;
  if (reason === 'pending' || reason === 'before_start' || reason === 'left_out') return account[reason];
  return account.reasons.find((one) => one.reason === reason)?.count ?? 0;
}

function AccountRow(props: { account: HeldAccount; reason: string | null }): JSX.Element {
  const { account, reason } = props;
  return (
    <tr>
      <th scope="row">
        <Go to={{ name: 'held', account: account.id, reason }}><bdi>{titled(account.name, account.mask) || t('account.unnamed')}</bdi></Go>
        <span class="small block"><Foreign text={account.institution || t('app.bank')} /></span>
      </th>
      <td class="why" data-label={t('held.reasons')}><ReasonLinks account={account} /></td>
      <td class="number count" data-label={t('held.count')}>{formatCount(countOf(account, reason))}</td>
    </tr>
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

export function Held(props: { account: string | null; reason: string | null }): JSX.Element {
  const { reason } = props;
  const [search, setSearch] = useState('');
  const last = useRef<HeldAccounts | null>(null);
  // Of the list of one account the reason says what is shown, of the overview which accounts.
  const only = props.account === null ? reason : null;
  const read = useResource(`held accounts ${only ?? ''} ${search}`, () => api.heldAccounts(search.trim(), only ?? '', ''), () => 0);
  last.current = read.data ?? last.current;
  const places = read.data?.accounts ?? [];
  // Where there is one account only, nobody has to choose it.
  const single = places.length === 1 && search === '' && reason === null ? places[0]?.id ?? null : null;
  const account = props.account ?? single;
  return (
    <Page title={t('held.title')}>
      <p class="lead">{t('held.lead')}</p>
      <Loaded from={{ ...read, data: last.current }}>
        {(page) => (
          <>
            <Picker page={page} account={account} search={search} onSearch={setSearch} />
            {account === null && (page.totals !== null && page.totals.held + page.totals.pending + page.totals.before_start + page.totals.left_out > 0) && (
              <>
                <HeldReasons counts={page.totals} account={null} chosen={reason} />
                <Accounts first={page} search={search} reason={reason} />
              </>
            )}
          </>
        )}
      </Loaded>
      {account !== null && <Transactions key={account} account={account} reason={reason} onDecided={read.reload} />}
    </Page>
  );
}
