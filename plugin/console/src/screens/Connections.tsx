// The first screen: what needs attention, and every bank with one honest line and one next action.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { ConnectionCard } from '../parts/ConnectionCard';
import { NoticeList } from '../parts/NoticeList';
import { Failure, Go, Loaded, Page, useOwnId } from '../parts/basics';
import { useSession } from '../context';
import { formatRelative } from '../dates';
import { currentLocale, formatCount, t } from '../i18n';
import { asApiError, useResource } from '../resource';
import type { Resource } from '../resource';
import { syncSaid } from '../status';
import type { Connection, Overview } from '../types';

/** While somebody looks: a notice is to appear as soon as the bank has spoken. */
const EVERY_MS = 2_000;

function Empty(props: { mayLink: boolean }): JSX.Element {
  return (
    <section class="card empty" aria-labelledby="empty">
      <h2 id="empty">{t('connections.empty.title')}</h2>
      <p>{t('connections.empty.text')}</p>
      <ol>
        <li>{t('connections.empty.step1')}</li>
        <li>{t('connections.empty.step2')}</li>
        <li>{t('connections.empty.step3')}</li>
      </ol>
      {props.mayLink && <p><Go to={{ name: 'connect' }} kind="primary">{t('connections.connect')}</Go></p>}
    </section>
  );
}

function Banks(props: {
  connections: Connection[];
  search: string;
  onChanged: () => void;
  onSync: (id: string) => void;
}): JSX.Element {
  const live = props.connections.filter((one) => one.state !== 'removed');
  const ended = props.connections.filter((one) => one.state === 'removed');
  const card = (one: Connection): JSX.Element => (
    <ConnectionCard key={one.id} connection={one} onChanged={props.onChanged} onSync={props.onSync} />
  );
  return (
    <>
      {live.map(card)}
      {ended.length > 0 && (
        <details class="ended" open={live.length === 0 && props.search !== ''}>
          <summary>{t('connections.ended')} ({formatCount(ended.length)})</summary>
          {ended.map(card)}
        </details>
      )}
    </>
  );
}

/** What somebody types is looked for when they pause. */
const TYPING_MS = 300;

function Search(props: { value: string; onSearch: (search: string) => void }): JSX.Element {
  const [typed, setTyped] = useState(props.value);
  const id = useOwnId('search');
  useEffect(() => {
    if (typed.trim() === props.value) return undefined;
    const timer = setTimeout(() => props.onSearch(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div class="field search" role="search">
      <label for={id}>{t('connections.search')}</label>
      <input id={id} type="search" maxLength={60} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
    </div>
  );
}

/** The page before and the one after; nothing where all fits one page. */
function Turn(props: { from: number; page: Overview; onBack: () => void; onNext: () => void }): JSX.Element | null {
  const { from, page } = props;
  const count = page.live + page.ended;
  if (from === 0 && page.next === null) return null;
  return (
    <nav class="turn" aria-label={t('connections.pages')}>
      <button type="button" disabled={from === 0} onClick={props.onBack}>{t('connections.page_back')}</button>
      <span>{t('connections.page', { from: formatCount(from + 1), to: formatCount(from + page.connections.length), count: formatCount(count) })}</span>
      <button type="button" disabled={page.next === null} onClick={props.onNext}>{t('connections.page_next')}</button>
    </nav>
  );
}

/** From so many on there is something to search through. */
const SEARCH_FROM = 6;

/** One page of connections, read again and again; a page that has not changed is not sent again. */
function useOverview(search: string, after: string): Resource<Overview> {
  const last = useRef<{ key: string; page: Overview } | null>(null);
  const key = `overview ${search} ${after}`;
  const read = useResource<Overview>(key, async () => {
    const had = last.current?.key === key ? last.current.page : null;
    const came = await api.overview(search, after, had?.tag ?? '');
    if (came.unchanged && had !== null) return had;
    if (came.unchanged) throw new api.ApiError(0, 'client.fault', {}, '');
    last.current = { key, page: came };
    return came;
  }, () => EVERY_MS);
  // While another page is read the one before stays, so that nobody types into nothing.
  return { ...read, data: read.data ?? last.current?.page ?? null };
}

export function Connections(): JSX.Element {
  const { can, webhooks, poll_interval_seconds: every } = useSession();
  const [search, setSearch] = useState('');
  /** Where each page up to the present one begins, and how many come before it. */
  const [places, setPlaces] = useState<{ after: string; from: number }[]>([{ after: '', from: 0 }]);
  const place = places[places.length - 1] ?? { after: '', from: 0 };
  const overview = useOverview(search, place.after);
  const banks = useRef<HTMLHeadingElement>(null);
  const turn = (to: { after: string; from: number }[]): void => {
    setPlaces(to);
    banks.current?.focus();
    banks.current?.scrollIntoView();
  };
  const look = (words: string): void => {
    setSearch(words);
    setPlaces([{ after: '', from: 0 }]);
  };
  const [said, setSaid] = useState('');
  const [failed, setFailed] = useState<api.ApiError | null>(null);

  const ask = async (work: () => Promise<unknown>, done: () => string): Promise<void> => {
    setSaid('');
    setFailed(null);
    try {
      await work();
      setSaid(done());
    } catch (error) {
      setFailed(asApiError(error));
    }
    overview.reload();
  };
  const onSync = (id: string): void => {
    let words = '';
    void ask(async () => {
      const came = await api.syncNow(id);
      const next = came.bank_askable_at;
      words = t(syncSaid(came), next === null ? {} : { next: formatRelative(next, Date.now(), currentLocale()) });
    }, () => words);
  };
  const onDismiss = (notice: string): void => void ask(() => api.dismissNotice(notice), () => '');

  return (
    <Page title={t('connections.title')}>
      <div role="status">{said !== '' && <p class="message">{said}</p>}</div>
      {failed !== null && failed.code !== overview.error?.code && <Failure error={failed} />}
      {!webhooks && <p class="small">{t('connections.polled', { hours: Math.round(every / 360) / 10 })}</p>}
      {!can.link && <p class="look-only">{t('app.look_only')}</p>}
      <Loaded from={overview}>
        {(data) => (
          <>
            <NoticeList notices={data.notices} connections={data.connections} onSync={onSync} onDismiss={onDismiss} />
            {data.live === 0 && search === '' && <Empty mayLink={can.link} />}
            {(search !== '' || data.live + data.ended > 0) && (
              <section aria-labelledby="banks">
                <h2 id="banks" ref={banks} tabIndex={-1}>{t('connections.list')}</h2>
                {(search !== '' || data.live + data.ended >= SEARCH_FROM) && <Search value={search} onSearch={look} />}
                <div role="status">
                  {search !== '' && (
                    <p class="small">{t('connections.found', { count: data.live + data.ended })}</p>
                  )}
                </div>
                <Banks connections={data.connections} search={search} onChanged={overview.reload} onSync={onSync} />
                <Turn
                  from={place.from}
                  page={data}
                  onBack={() => turn(places.slice(0, -1))}
                  onNext={() => turn([...places, { after: data.next ?? '', from: place.from + data.connections.length }])}
                />
              </section>
            )}
            {can.link && (data.live > 0 || search !== '') && (
              <p><Go to={{ name: 'connect' }} kind="button">{t('connections.connect')}</Go></p>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
