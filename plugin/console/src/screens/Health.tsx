// For operators: counters and states, drawn as the plugin reports them. Their names are the
// plugin's own, so that what is read here can be searched for in logs and in the manual.

import type { JSX } from 'preact';
import * as api from '../api';
import { useSession } from '../context';
import { formatCount, t } from '../i18n';
import { EraseTenant } from '../parts/EraseTenant';
import { Loaded, Page } from '../parts/basics';
import { useResource } from '../resource';
import { plain } from '../text';
import type { Params } from '../types';

function valueText(value: unknown): string {
  if (value === null || value === '') return t('app.none');
  if (typeof value === 'number') return Number.isSafeInteger(value) ? formatCount(value) : String(value);
  return plain(typeof value === 'string' ? value : JSON.stringify(value));
}

function isGroup(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function Group(props: { title: string; values: [string, unknown][] }): JSX.Element {
  return (
    <section class="card">
      <h2><bdi>{props.title}</bdi></h2>
      <dl class="values">
        {props.values.map(([name, value]) => (
          <div key={name}><dt>{plain(name)}</dt><dd>{valueText(value)}</dd></div>
        ))}
      </dl>
    </section>
  );
}

/** Sections of an answer: plain values under `name`, each object below it on its own, in order. */
function sections(name: string, values: Params): { title: string; values: [string, unknown][] }[] {
  const entries = Object.entries(values);
  const own = entries.filter(([, value]) => !isGroup(value));
  const below = entries.flatMap(([key, value]) => (isGroup(value) ? sections(plain(key), value) : []));
  return own.length === 0 ? below : [{ title: name, values: own }, ...below];
}

export function Health(): JSX.Element {
  const { can } = useSession();
  return (
    <Page title={t('health.title')}>
      {can.operate ? <><Values /><EraseTenant /></> : <p class="look-only">{t('health.denied')}</p>}
    </Page>
  );
}

function Values(): JSX.Element {
  const health = useResource('health', api.health, () => 10_000);
  return (
    <>
      <p class="lead">{t('health.lead')} {t('health.refreshed')}</p>
      <Loaded from={health}>
        {(data) => (
          <div class="groups">
            {sections(t('health.general'), data).map((group) => <Group key={group.title} {...group} />)}
          </div>
        )}
      </Loaded>
    </>
  );
}
