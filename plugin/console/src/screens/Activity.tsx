// The audit log, newest first: who decided what, and what went on by itself.

import type { JSX } from 'preact';
import * as api from '../api';
import { formatTime } from '../dates';
import { currentLocale, t, word } from '../i18n';
import { Failure, Foreign, Page } from '../parts/basics';
import { usePages } from '../pages';
import { plain } from '../text';
import type { ActivityEntry, Params } from '../types';

/** Parameters as "name: value"; they are codes and names, so they are shown as they are. */
function detailText(detail: Params): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${plain(name)}: ${plain(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(', ');
}

function Row(props: { entry: ActivityEntry }): JSX.Element {
  const { entry } = props;
  const detail = detailText(entry.detail);
  return (
    <tr>
      <td data-label={t('activity.when')}>
        <time dateTime={entry.at}>{formatTime(entry.at, currentLocale())}</time>
      </td>
      <td data-label={t('activity.who')}><Foreign text={entry.actor} /></td>
      <th scope="row" class="wide-cell">
        {word('audit', entry.action, entry.action)}
        <span class="small block code"><Foreign text={detail === '' ? entry.subject : detail} /></span>
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
