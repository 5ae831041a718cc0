// The three books of what has happened: the log, the imports, and the bank's changes.

import type { JSX } from 'preact';
import { t } from '../i18n';
import { hrefOf } from '../router';
import type { Route } from '../router';

export function RecordTabs(props: { here: 'activity' | 'imports' | 'changes' }): JSX.Element {
  const items: [Route & { name: 'activity' | 'imports' | 'changes' }, string][] = [
    [{ name: 'activity' }, t('records.log')],
    [{ name: 'imports' }, t('records.imports')],
    [{ name: 'changes' }, t('records.changes')],
  ];
  return (
    <ul class="tabs" aria-label={t('records.tabs')}>
      {items.map(([to, label]) => (
        <li key={to.name}><a href={hrefOf(to)} aria-current={to.name === props.here ? 'page' : undefined}>{label}</a></li>
      ))}
    </ul>
  );
}
