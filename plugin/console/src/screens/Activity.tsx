// The audit log, newest first: who decided what, and what went on by itself.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api';
import { formatTime } from '../dates';
import { factsOf, namesOf } from '../detail';
import type { Names } from '../detail';
import { currentLocale, t, word } from '../i18n';
import { AuditCheck } from '../parts/AuditCheck';
import { Failure, Foreign, Go, Page } from '../parts/basics';
import { everything, RecordFilter } from '../parts/RecordFilter';
import { RecordTabs } from '../parts/RecordTabs';
import { usePages } from '../pages';
import { useResource } from '../resource';
import type { ActivityEntry } from '../types';

/** Where a decision that an account goes on with another is looked at, and taken back. */
function TakeBackWay({ entry }: { entry: ActivityEntry }): JSX.Element | null {
  const connection = entry.detail['connection_id'];
  if (entry.action !== 'account.linked' || entry.detail['continues'] !== true || typeof connection !== 'string') return null;
  return <p class="small"><Go to={{ name: 'review', connection }}>{t('activity.take_back')}</Go></p>;
}

function Row(props: { entry: ActivityEntry; names: Names }): JSX.Element {
  const { entry } = props;
  const facts = factsOf(entry, props.names);
  return (
    <tr>
      <td data-label={t('activity.when')}>
        <time dateTime={entry.at}>{formatTime(entry.at, currentLocale())}</time>
      </td>
      <td class="who" data-label={t('activity.who')}>{entry.actor_id === 'system' ? t('records.system') : <Foreign text={entry.actor} />}</td>
      <th scope="row">
        {word('audit', entry.action, entry.action)}
        {facts.length > 0 && (
          <ul class="fact-list small">
            {facts.map(({ label, value }) => (
              <li key={label}>{label}{value !== '' && <>{t('activity.is')}<bdi>{value}</bdi></>}</li>
            ))}
          </ul>
        )}
        <TakeBackWay entry={entry} />
        <details class="small">
          <summary>{t('activity.raw')}</summary>
          <code>{JSON.stringify(entry)}</code>
        </details>
      </th>
    </tr>
  );
}

export function Activity(): JSX.Element {
  const [filter, setFilter] = useState(everything);
  const key = `activity ${filter.person} ${filter.connection} ${filter.account}`;
  const narrowed = filter.person !== null || filter.connection !== null;
  const pages = usePages<ActivityEntry, number>(key, async (before) => {
    const page = await api.activity(before, filter);
    return { items: page.entries, next: page.next };
  });
  // Without it the entries still tell most names themselves.
  const known = useResource('banks', api.firstBanks, () => 0);
  const names = namesOf(pages.items, known.data ?? []);
  return (
    <Page title={t('activity.title')}>
      <RecordTabs here="activity" />
      <p class="lead">{t('activity.lead')}</p>
      <RecordFilter filter={filter} people onChange={setFilter} />
      {pages.items.length > 0 && (
        <table class="rows">
          <caption class="hidden">{t('activity.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('activity.when')}</th>
              <th scope="col">{t('activity.who')}</th>
              <th scope="col">{t('activity.what')}</th>
            </tr>
          </thead>
          <tbody>{pages.items.map((entry) => <Row key={entry.seq} entry={entry} names={names} />)}</tbody>
        </table>
      )}
      {pages.error !== null && <Failure error={pages.error} retry={pages.more} />}
      <p role="status" class="small">
        {pages.busy ? t('app.loading') : pages.begun && pages.items.length === 0 && t(narrowed ? 'activity.none_such' : 'activity.none')}
      </p>
      {pages.hasMore && (
        <p><button type="button" disabled={pages.busy} onClick={pages.more}>{t('activity.more')}</button></p>
      )}
      <AuditCheck />
    </Page>
  );
}
