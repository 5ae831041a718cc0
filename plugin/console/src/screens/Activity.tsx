// The audit log, newest first: who decided what, and what went on by itself.

import type { JSX } from 'preact';
import * as api from '../api';
import { formatTime } from '../dates';
import { factsOf } from '../detail';
import { currentLocale, t, word } from '../i18n';
import { Failure, Foreign, Page } from '../parts/basics';
import { usePages } from '../pages';
import type { ActivityEntry } from '../types';

function Row(props: { entry: ActivityEntry }): JSX.Element {
  const { entry } = props;
  const facts = factsOf(entry);
  return (
    <tr>
      <td data-label={t('activity.when')}>
        <time dateTime={entry.at}>{formatTime(entry.at, currentLocale())}</time>
      </td>
      <td data-label={t('activity.who')}><Foreign text={entry.actor} /></td>
      <th scope="row">
        {word('audit', entry.action, entry.action)}
        {facts.length > 0 && (
          <ul class="fact-list small">
            {facts.map(({ label, value }) => (
              <li key={label}>{label}{value !== '' && <>: <bdi>{value}</bdi></>}</li>
            ))}
          </ul>
        )}
        <details class="small">
          <summary>{t('activity.raw')}</summary>
          <code>{JSON.stringify(entry)}</code>
        </details>
      </th>
    </tr>
  );
}

export function Activity(): JSX.Element {
  const pages = usePages<ActivityEntry, number>('activity', async (before) => {
    const page = await api.activity(before);
    return { items: page.entries, next: page.next };
  });
  return (
    <Page title={t('activity.title')}>
      <p class="lead">{t('activity.lead')}</p>
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
          <tbody>{pages.items.map((entry) => <Row key={entry.seq} entry={entry} />)}</tbody>
        </table>
      )}
      {pages.error !== null && <Failure error={pages.error} retry={pages.more} />}
      <p role="status" class="small">
        {pages.busy ? t('app.loading') : pages.begun && pages.items.length === 0 && t('activity.none')}
      </p>
      {pages.hasMore && (
        <p><button type="button" disabled={pages.busy} onClick={pages.more}>{t('activity.more')}</button></p>
      )}
    </Page>
  );
}
