// The small parts that every screen is made of.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../api';
import { takeMessage } from '../context';
import { formatDate, formatRelative, formatTime } from '../dates';
import { currentLocale, providerWords, t, word } from '../i18n';
import { formatMoney } from '../money';
import type { Resource } from '../resource';
import { hrefOf } from '../router';
import type { Route } from '../router';
import { masked, plain, spoken } from '../text';
import type { Money } from '../types';

let arrived = '';

/**
 * A screen: its heading takes the focus when one comes here from another address, or with `focus`
 * when the same address has come to another end.
 */
export function Page(props: {
  title: string;
  /** A way back above the heading: to the connections, or to another screen by its name. */
  back?: boolean | { to: Route; label: string };
  focus?: boolean;
  children: ComponentChildren;
}): JSX.Element {
  const back = props.back === true ? { to: { name: 'connections' } as const, label: t('app.back') } : props.back || null;
  const heading = useRef<HTMLHeadingElement>(null);
  const [message] = useState(takeMessage);
  useLayoutEffect(() => {
    const here = window.location.hash || '#/';
    if (props.focus === true || (arrived !== '' && arrived !== here)) heading.current?.focus();
    arrived = here;
  }, []);
  useEffect(() => {
    document.title = `${props.title} – ${t('app.name')}`;
  }, [props.title]);
  return (
    <>
      {back !== null && <p class="back"><Go to={back.to}>{back.label}</Go></p>}
      <h1 ref={heading} tabIndex={-1}><bdi>{props.title}</bdi></h1>
      <div role="status">{message !== '' && <p class="message">{message}</p>}</div>
      {props.children}
    </>
  );
}

/** A link to another screen; `button` makes it look like what it does. */
export function Go(props: { to: Route; kind?: 'primary' | 'button'; label?: string; children: ComponentChildren }): JSX.Element {
  const look = props.kind === undefined ? '' : props.kind === 'primary' ? 'button primary' : 'button';
  return <a href={hrefOf(props.to)} class={look} aria-label={props.label}>{props.children}</a>;
}

export function Amount(props: { money: Money }): JSX.Element {
  return <span class="amount">{formatMoney(props.money, currentLocale())}</span>;
}

export function Day(props: { date: string }): JSX.Element {
  return <time dateTime={props.date}>{formatDate(props.date, currentLocale())}</time>;
}

/** "5 minutes ago", with the full time for who wants it; kept true by a timer. */
export function When(props: { at: string }): JSX.Element {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 20_000);
    return () => clearInterval(timer);
  }, []);
  const locale = currentLocale();
  return (
    <time dateTime={props.at} title={formatTime(props.at, locale)}>
      {formatRelative(props.at, Date.now(), locale)}
    </time>
  );
}

/** Text of the bank's, set apart from ours. */
export function Foreign(props: { text: string }): JSX.Element {
  return <bdi>{plain(props.text)}</bdi>;
}

/** A ledger account's name. Where it does not fit it breaks behind a colon. */
export function LedgerName(props: { name: string }): JSX.Element {
  const [first, ...rest] = plain(props.name).split(':');
  return <bdi>{first}{rest.map((part) => <>:<wbr />{part}</>)}</bdi>;
}

/** "Savings" left, "••1111" right. */
export function AccountTitle(props: { name: string; mask: string | null }): JSX.Element {
  const end = masked(props.mask);
  return (
    <span class="account-title">
      <bdi class="account-name">{plain(props.name) || t('account.unnamed')}</bdi>{' '}
      {end !== '' && <span class="mask">{end}</span>}
    </span>
  );
}

/** "Checking" or, for a subtype that we have no word for, the type and the bank's own word. */
export function accountKind(type: string, subtype: string): string {
  const kind = word('accountType', type, type);
  return subtype === '' ? kind : word('subtype', subtype, spoken(subtype));
}

export function Badge(props: { tone: string; children: ComponentChildren }): JSX.Element {
  return <span class={`badge ${props.tone}`}>{props.children}</span>;
}

/** Words for a failure, and its code for who has to look it up. */
export function errorWords(error: ApiError): string {
  const known = word('error', error.code, '');
  if (known !== '') return known;
  return error.message === '' ? t('error.title') : providerWords(error.code, error.message);
}

export function Failure(props: { error: ApiError; retry?: () => void }): JSX.Element {
  const { error } = props;
  return (
    <div class="failure" role="alert">
      <p><strong>{t('error.title')}</strong> {errorWords(error)}</p>
      {!error.code.startsWith('client.') && <p class="small">{t('error.code', { code: error.code })}</p>}
      {error.code === 'client.logged_out'
        ? <button type="button" onClick={() => window.location.reload()}>{t('app.reload')}</button>
        : props.retry !== undefined && <button type="button" onClick={props.retry}>{t('app.try_again')}</button>}
    </div>
  );
}

/** Loading, a failure, or the data; data of before stays when a later reading fails. */
export function Loaded<T>(props: { from: Resource<T>; children: (data: T) => ComponentChildren }): JSX.Element {
  const { data, error, readAt, reload } = props.from;
  if (data === null) {
    return error === null
      ? <p class="loading" role="status">{t('app.loading')}</p>
      : <Failure error={error} retry={reload} />;
  }
  return (
    <>
      {error !== null && (error.code === 'client.unreachable'
        ? <p class="stale" role="status">{t('app.stale', { when: formatTime(new Date(readAt).toISOString(), currentLocale()) })}</p>
        : <Failure error={error} retry={reload} />)}
      {props.children(data)}
    </>
  );
}

let lastId = 0;

/** An id for labels, the same for the life of the part. */
export function useOwnId(stem: string): string {
  const [id] = useState(() => {
    lastId += 1;
    return `${stem}-${lastId}`;
  });
  return id;
}
