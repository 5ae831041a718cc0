// What banks changed of transactions that were in the books: before, after, and what came of it.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api';
import { formatDate, formatTime } from '../dates';
import { currentLocale, t, word } from '../i18n';
import type { MessageKey } from '../i18n';
import { formatMoney, moneyOf } from '../money';
import { Badge, Failure, Foreign, Page } from '../parts/basics';
import { everything, RecordFilter } from '../parts/RecordFilter';
import { RecordTabs } from '../parts/RecordTabs';
import { usePages } from '../pages';
import { spoken, titled } from '../text';
import type { BankChange, BankWord } from '../types';

function amountOf(one: BankWord): string {
  const money = moneyOf(one.exact, one.exponent, one.currency);
  return money === null ? `${one.exact} ${one.currency}` : formatMoney(money, currentLocale());
}

/** What is not broken over two lines. */
const WHOLE: MessageKey[] = ['changes.amount', 'changes.date'];

/** What is different, as [label, before, after]. */
function differences(before: BankWord, after: BankWord): [MessageKey, string, string][] {
  const locale = currentLocale();
  const all: [MessageKey, string, string][] = [
    ['changes.amount', amountOf(before), amountOf(after)],
    ['changes.date', formatDate(before.date, locale), formatDate(after.date, locale)],
    ['changes.name', before.name, after.name],
    ['changes.merchant', before.merchant, after.merchant],
    ['changes.category', spoken(before.category), spoken(after.category)],
    ['changes.state', t(before.pending ? 'held.pending' : 'changes.posted'), t(after.pending ? 'held.pending' : 'changes.posted')],
  ];
  return all.filter(([, old, now]) => old !== now);
}

function Row(props: { change: BankChange }): JSX.Element {
  const { change } = props;
  const { before, after } = change;
  const lines = after === null ? [] : differences(before, after);
  return (
    <tr>
      <td data-label={t('activity.when')}>
        <time dateTime={change.at}>{formatTime(change.at, currentLocale())}</time>
      </td>
      <th scope="row" class="change">
        <Foreign text={before.merchant || before.name} />
        <span class="small block">{formatDate(before.date, currentLocale())} · <span class="amount">{amountOf(before)}</span></span>
        <span class="small block"><bdi>{titled(change.account, change.mask)}</bdi></span>
      </th>
      <td data-label={t('changes.what')}>
        <div>
          <Badge tone={change.kind === 'taken_back' ? 'warn' : 'info'}>{word('bankChange', change.kind, change.kind)}</Badge>
          <ul class="before-after">
            {lines.map(([label, old, now]) => (
              <li key={label} class={WHOLE.includes(label) ? 'whole' : ''}>
                <span class="small">{t(label)}</span>{' '}
                <del><Foreign text={old || t('app.none')} /></del> <span aria-hidden="true">→</span>{' '}
                <ins><Foreign text={now || t('app.none')} /></ins>
              </li>
            ))}
          </ul>
        </div>
      </td>
      <td data-label={t('changes.books')}>
        <span>{change.outcome === '' ? t('changes.nothing_to_tell') : word('bankChangeOutcome', change.outcome, word('held', change.outcome, change.outcome))}</span>
      </td>
    </tr>
  );
}

export function Changes(): JSX.Element {
  const [filter, setFilter] = useState(everything);
  const pages = usePages<BankChange, string>(`changes ${filter.connection} ${filter.account}`, async (before) => {
    const page = await api.changes(before, filter);
    return { items: page.changes, next: page.next };
  });
  return (
    <Page title={t('changes.title')}>
      <RecordTabs here="changes" />
      <p class="lead">{t('changes.lead')}</p>
      <RecordFilter filter={filter} people={false} onChange={setFilter} />
      {pages.items.length > 0 && (
        <table class="rows">
          <caption class="hidden">{t('changes.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('activity.when')}</th>
              <th scope="col">{t('changes.transaction')}</th>
              <th scope="col">{t('changes.what')}</th>
              <th scope="col">{t('changes.books')}</th>
            </tr>
          </thead>
          <tbody>{pages.items.map((one) => <Row key={`${one.at} ${one.connection_id} ${one.id}`} change={one} />)}</tbody>
        </table>
      )}
      {pages.error !== null && <Failure error={pages.error} retry={pages.more} />}
      <p role="status" class="small">
        {pages.busy ? t('app.loading') : pages.begun && pages.items.length === 0 && t(filter.connection === null ? 'changes.none' : 'activity.none_such')}
      </p>
      {pages.hasMore && (
        <p><button type="button" disabled={pages.busy} onClick={pages.more}>{t('activity.more')}</button></p>
      )}
    </Page>
  );
}
