// What the log and the changes are narrowed to: a connection, one of its accounts, a person.

import type { JSX } from 'preact';
import * as api from '../api';
import { t } from '../i18n';
import { useResource } from '../resource';
import { titled } from '../text';
import type { ActivityFilter } from '../types';
import { useOwnId } from './basics';

export const everything: ActivityFilter = { person: null, connection: null, account: null };

function Choice(props: {
  label: string; all: string; value: string | null; options: [string, string][]; onChoose: (value: string | null) => void;
}): JSX.Element {
  const id = useOwnId('filter');
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value ?? ''} onChange={(event) => props.onChoose(event.currentTarget.value || null)}>
        <option value="">{props.all}</option>
        {props.options.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
      </select>
    </div>
  );
}

export function RecordFilter(props: {
  filter: ActivityFilter; people: boolean; onChange: (filter: ActivityFilter) => void;
}): JSX.Element | null {
  const { filter, onChange } = props;
  const choices = useResource(`choices ${filter.connection ?? ''}`, () => api.activityChoices(filter.connection), () => 0);
  const known = choices.data ?? { people: [], connections: [], accounts: [] };
  return (
    <div class="filter" role="group" aria-label={t('records.filter')}>
      <Choice
        label={t('records.connection')}
        all={t('records.every')}
        value={filter.connection}
        options={known.connections.map((one) => [one.id, one.institution || t('app.bank_unnamed')])}
        onChoose={(connection) => onChange({ ...filter, connection, account: null })}
      />
      {filter.connection !== null && (
        <Choice
          label={t('records.account')}
          all={t('records.every')}
          value={filter.account}
          options={known.accounts.map((one) => [one.id, titled(one.name, one.mask)])}
          onChoose={(account) => onChange({ ...filter, account })}
        />
      )}
      {props.people && (
        <Choice
          label={t('records.person')}
          all={t('records.everybody')}
          value={filter.person}
          options={known.people.map((one) => [one.id, one.id === 'system' ? t('records.system') : one.name || one.id])}
          onChoose={(person) => onChange({ ...filter, person })}
        />
      )}
    </div>
  );
}
