// The bank accounts of a connection: what they are, what they hold, and what they feed.

import type { JSX } from 'preact';
import { formatDate } from '../dates';
import { currentLocale, formatCount, t, word } from '../i18n';
import { proofLines } from '../proof';
import type { BankAccount } from '../types';
import { titled } from '../text';
import { AccountTitle, Amount, Badge, Go, LedgerName, When, accountKind } from './basics';

/** Of a connection: whose review its accounts lead to, if any, and whether another login takes its place. */
export interface Place {
  review?: string;
  moved?: boolean;
}

/**
 * What the account feeds, in one place for connections, the review and the page before Link. With
 * `review`, what can be decided leads there.
 */
export function Feeds(props: { account: BankAccount } & Place): JSX.Element {
  const { link, decision, feedable } = props.account;
  const said = (state: 'account.aside' | 'account.undecided'): JSX.Element | string => {
    if (props.review === undefined) return t(state);
    const label = t('account.decide', { state: t(state), account: titled(props.account.name, props.account.mask) });
    return <Go to={{ name: 'review', connection: props.review }} label={label}>{t(state)}</Go>;
  };
  if (link !== null && link.state !== 'ended') {
    return (
      <>
        <LedgerName name={link.ledger_account_name} />
        <span class="small block">
          {link.start_date !== null && t('account.since', { date: formatDate(link.start_date, currentLocale()) })}
          {link.state !== 'active' && <> {word('linkState', link.state, link.state)}</>}
        </span>
      </>
    );
  }
  if (!feedable) return <span class="quiet">{t('account.balances_only')}</span>;
  // What moved to another login was not kept aside by anybody.
  if (decision === 'aside' && props.moved === true) return <span class="quiet">{t('account.moved')}</span>;
  if (decision === 'aside') return <span class="quiet">{said('account.aside')}</span>;
  if (props.account.state !== 'shared') return <span class="quiet">{t('app.none')}</span>;
  return <strong>{said('account.undecided')}</strong>;
}

function Row(props: { account: BankAccount; place: Place }): JSX.Element {
  const { account } = props;
  const title = titled(account.name, account.mask);
  return (
    <tr class={account.state === 'shared' ? '' : 'not-shared'}>
      <th scope="row">
        <AccountTitle name={account.name} mask={account.mask} />
        <span class="small block">
          {accountKind(account.type, account.subtype)} · {account.currency}{' '}
          {account.state !== 'shared' && (
            <Badge tone="warning">{word('shared', account.state, account.state)}</Badge>
          )}
        </span>
      </th>
      <td class="number" data-label={t('account.balance')}>
        {account.balance === null
          ? <span class="quiet">{t('account.no_balance')}</span>
          : <Amount money={account.balance} />}
        {account.balance_as_of !== null && <span class="small block"><When at={account.balance_as_of} /></span>}
        {proofLines(account.proof, account.balance).map((line, place) => (
          <span key={place} class="small block">
            {line.map((piece) => piece.amount ? <span class="amount">{piece.text}</span> : piece.text)}
          </span>
        ))}
      </td>
      <td class="feeds" data-label={t('account.feeds')}>
        <div><Feeds account={account} {...props.place} />
        {account.before_start > 0 && (
          <span class="small block">{t('account.before_start', { count: account.before_start })}</span>
        )}</div>
      </td>
      <td class="number count" data-label={t('account.booked')}>{formatCount(account.booked)}</td>
      <td class="number count" data-label={t('account.pending')}>
        {account.pending === 0 ? formatCount(0) : (
          <Go to={{ name: 'held', account: account.id, reason: 'pending' }} label={t('account.see_pending', { count: account.pending, account: title })}>
            {formatCount(account.pending)}
          </Go>
        )}
      </td>
      <td class="number count" data-label={t('account.held')}>
        {account.held === 0 ? formatCount(0) : (
          <Go to={{ name: 'held', account: account.id }} label={t('account.see_held', { count: account.held, account: title })}>
            {formatCount(account.held)}
          </Go>
        )}
      </td>
    </tr>
  );
}

export function AccountTable(props: { accounts: BankAccount[]; institution: string; place: Place }): JSX.Element {
  if (props.accounts.length === 0) return <p class="quiet">{t('connections.no_accounts')}</p>;
  return (
    <table class="accounts">
      <caption class="hidden"><bdi>{props.institution}</bdi></caption>
      <thead>
        <tr>
          <th scope="col">{t('account.bank')}</th>
          <th scope="col" class="number">{t('account.balance')}</th>
          <th scope="col">{t('account.feeds')}</th>
          <th scope="col" class="number">{t('account.booked')}</th>
          <th scope="col" class="number">{t('account.pending')}</th>
          <th scope="col" class="number">{t('account.held')}</th>
        </tr>
      </thead>
      <tbody>{props.accounts.map((account) => <Row key={account.id} account={account} place={props.place} />)}</tbody>
    </table>
  );
}
