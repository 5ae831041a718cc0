// The first screen: what needs attention, and every bank with one honest line and one next action.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api';
import { ConnectionCard } from '../parts/ConnectionCard';
import { NoticeList } from '../parts/NoticeList';
import { Failure, Go, Loaded, Page } from '../parts/basics';
import { useSession } from '../context';
import { formatRelative } from '../dates';
import { currentLocale, t } from '../i18n';
import { asApiError, useResource } from '../resource';
import { syncSaid } from '../status';
import type { Connection } from '../types';

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

function Banks(props: { connections: Connection[]; onChanged: () => void; onSync: (id: string) => void }): JSX.Element {
  const live = props.connections.filter((one) => one.state !== 'removed');
  const ended = props.connections.filter((one) => one.state === 'removed');
  const card = (one: Connection): JSX.Element => (
    <ConnectionCard key={one.id} connection={one} onChanged={props.onChanged} onSync={props.onSync} />
  );
  return (
    <>
      {live.length > 0 && (
        <section aria-labelledby="banks">
          <h2 id="banks">{t('connections.list')}</h2>
          {live.map(card)}
        </section>
      )}
      {ended.length > 0 && (
        <details class="ended">
          <summary>{t('connections.ended')} ({ended.length})</summary>
          {ended.map(card)}
        </details>
      )}
    </>
  );
}

export function Connections(): JSX.Element {
  const { can, webhooks, poll_interval_seconds: every } = useSession();
  const overview = useResource('overview', api.overview, () => EVERY_MS);
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
      {failed !== null && <Failure error={failed} />}
      {!webhooks && <p class="small">{t('connections.polled', { hours: Math.round(every / 360) / 10 })}</p>}
      {!can.link && <p class="look-only">{t('app.look_only')}</p>}
      <Loaded from={overview}>
        {(data) => (
          <>
            <NoticeList notices={data.notices} connections={data.connections} onSync={onSync} onDismiss={onDismiss} />
            {data.connections.every((one) => one.state === 'removed') && <Empty mayLink={can.link} />}
            <Banks connections={data.connections} onChanged={overview.reload} onSync={onSync} />
            {can.link && data.connections.some((one) => one.state !== 'removed') && (
              <p><Go to={{ name: 'connect' }} kind="button">{t('connections.connect')}</Go></p>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
