// For operators: whether webhooks come, what waits, how far the books lag, and where balances differ.

import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api';
import { useSession } from '../context';
import { formatTime } from '../dates';
import { currentLocale, formatCount, t, word } from '../i18n';
import { formatMoney, moneyOf } from '../money';
import { AccountTitle, Badge, Failure, Foreign, Go, Loaded, Page, useOwnId, When } from '../parts/basics';
import { EraseTenant } from '../parts/EraseTenant';
import { usePages } from '../pages';
import { asApiError, useResource } from '../resource';
import { plain } from '../text';
import type { Health as Values, HealthAccount, HealthShow } from '../types';

function Fact(props: { label: string; children: ComponentChildren }): JSX.Element {
  return <div><dt>{props.label}</dt><dd>{props.children}</dd></div>;
}

function Moment(props: { at: string | null; none: string }): JSX.Element {
  return props.at === null ? <>{props.none}</> : <When at={props.at} />;
}

function Card(props: { title: string; note?: ComponentChildren; children: ComponentChildren }): JSX.Element {
  return (
    <section class="card">
      <h2>{props.title}</h2>
      {props.note}
      <dl class="values">{props.children}</dl>
    </section>
  );
}

function Webhooks(props: { of: Values }): JSX.Element {
  const { webhooks, webhook_keys: keys } = props.of;
  const note = webhooks.address === null ? t('health.webhooks.none')
    : webhooks.last_seen_at === null ? t('health.webhooks.never') : '';
  return (
    <Card title={t('health.webhooks')} note={note !== '' && <p class="evidence warn">{note}</p>}>
      <Fact label={t('health.webhooks.address')}>
        {webhooks.address === null ? t('app.none') : <code>{plain(webhooks.address)}</code>}
      </Fact>
      <Fact label={t('health.webhooks.last')}><Moment at={webhooks.last_seen_at} none={t('health.never')} /></Fact>
      <Fact label={t('health.webhooks.stored')}>{formatCount(webhooks.stored)}</Fact>
      <Fact label={t('health.webhooks.refused')}>{formatCount(webhooks.refused)}</Fact>
      <Fact label={t('health.webhooks.forged')}>{formatCount(webhooks.forged)}</Fact>
      <Fact label={t('health.webhooks.unknown')}>
        {formatCount(webhooks.not_understood + webhooks.unknown_kind + webhooks.unknown_connection)}
      </Fact>
      <Fact label={t('health.keys.kept')}>{formatCount(keys.kept)}</Fact>
      <Fact label={t('health.keys.refused')}>{formatCount(keys.refused)}</Fact>
    </Card>
  );
}

function Work(props: { of: Values }): JSX.Element {
  const { connections, jobs, notices } = props.of;
  return (
    <Card title={t('health.work')}>
      {Object.entries(connections).map(([state, count]) => (
        <Fact key={state} label={t('health.connections', { state: word('value', state, state) })}>{formatCount(count)}</Fact>
      ))}
      <Fact label={t('health.jobs.waiting')}>{formatCount(jobs.waiting)}</Fact>
      <Fact label={t('health.jobs.running')}>{formatCount(jobs.running)}</Fact>
      <Fact label={t('health.jobs.failing')}>{formatCount(jobs.failing)}</Fact>
      <Fact label={t('health.jobs.next')}><Moment at={jobs.next_due_at} none={t('app.none')} /></Fact>
      <Fact label={t('health.notices')}>{formatCount(notices)}</Fact>
    </Card>
  );
}

function Books(props: { of: Values }): JSX.Element {
  const { feeds, balance_proofs: proofs } = props.of;
  return (
    <Card title={t('health.books')}>
      <Fact label={t('health.feeds.undelivered')}>{formatCount(feeds.undelivered)}</Fact>
      <Fact label={t('health.feeds.lag')}><Moment at={feeds.waiting_since} none={t('health.feeds.no_lag')} /></Fact>
      <Fact label={t('health.feeds.held')}>{formatCount(feeds.held)}</Fact>
      {Object.entries(proofs).map(([state, count]) => (
        <Fact key={state} label={t('health.proofs', { state: word('proofState', state, state) })}>{formatCount(count)}</Fact>
      ))}
      <Fact label={t('health.ledger_accounts')}>{formatCount(props.of.ledger_accounts)}</Fact>
      <Fact label={t('health.ledger_accounts_waiting')}>{formatCount(props.of.ledger_accounts_waiting)}</Fact>
    </Card>
  );
}

function Provider(props: { of: Values }): JSX.Element {
  const { budgets, token_key: key } = props.of;
  const used = budgets.filter((one) => one.used > 0 || one.waiting_seconds > 0);
  return (
    <Card title={t('health.calls')} note={<p class="small">{t('health.calls.lead')}</p>}>
      {used.map((one) => (
        <Fact key={one.call} label={plain(one.call)}>
          {one.limit === 0 ? formatCount(one.used) : t('health.calls.of', { used: one.used, limit: one.limit })}
          {one.waiting_seconds > 0 && <span class="block">{t('health.calls.waiting', { count: one.waiting_seconds })}</span>}
        </Fact>
      ))}
      {used.length === 0 && <Fact label={t('health.calls.any')}>{formatCount(0)}</Fact>}
      <Fact label={t('health.token_key')}>{key.id === '' ? t('app.none') : <code>{plain(key.id)}</code>}</Fact>
      <Fact label={t('health.token_key.others')}>{formatCount(key.sealed_with_other_keys)}</Fact>
    </Card>
  );
}

function Proof(props: { of: HealthAccount }): JSX.Element {
  const { proof, currency, exponent } = props.of;
  if (proof === null) return <span>{t('health.no_proof')}</span>;
  const less = proof.difference?.startsWith('-') === true;
  const money = proof.difference === null ? null : moneyOf(proof.difference.replace('-', ''), exponent, currency);
  return (
    <span>
      <Badge tone={proof.state === 'proven' ? 'good' : proof.state === 'differs' ? 'bad' : 'info'}>{word('proofState', proof.state, proof.state)}</Badge>
      {money !== null && proof.state !== 'proven' && (
        <span class="small block">{t(less ? 'health.difference.less' : 'health.difference.more', { amount: formatMoney(money, currentLocale()) })}</span>
      )}
      {proof.since !== null && <span class="small block">{t('health.since', { at: formatTime(proof.since, currentLocale()) })}</span>}
    </span>
  );
}

function AccountRow(props: { of: HealthAccount }): JSX.Element {
  const one = props.of;
  return (
    <tr>
      <th scope="row">
        <Go to={{ name: 'progress', connection: one.connection_id }}><AccountTitle name={one.name} mask={one.mask} /></Go>
        <span class="small block"><Foreign text={one.institution || t('app.bank_unnamed')} /></span>
      </th>
      <td data-label={t('health.accounts.lacking')}>
        <span>
          {one.undelivered === 0 ? t('health.accounts.nothing') : t('health.accounts.changes', { count: one.undelivered })}
          {one.waiting_since !== null && <span class="small block">{t('health.accounts.oldest')} <When at={one.waiting_since} /></span>}
          {one.held_reason !== null && <span class="small block">{word('refusal', one.held_reason, one.held_reason)}</span>}
        </span>
      </td>
      <td data-label={t('health.accounts.taken')}><span><Moment at={one.delivered_at} none={t('health.never')} /></span></td>
      <td data-label={t('health.accounts.balance')}><Proof of={one} /></td>
    </tr>
  );
}

function Accounts(): JSX.Element {
  const id = useOwnId('show');
  const [show, setShow] = useState<HealthShow>('');
  const pages = usePages<HealthAccount, string>(`health accounts ${show}`, async (after) => {
    const page = await api.healthAccounts(show, after);
    return { items: page.accounts, next: page.next };
  });
  return (
    <section aria-labelledby="health-accounts">
      <h2 id="health-accounts">{t('health.accounts')}</h2>
      <div class="filter">
        <div class="field">
          <label for={id}>{t('health.show')}</label>
          <select id={id} value={show} onChange={(event) => setShow(event.currentTarget.value as HealthShow)}>
            <option value="">{t('health.show.all')}</option>
            <option value="behind">{t('health.show.behind')}</option>
            <option value="differing">{t('health.show.differing')}</option>
          </select>
        </div>
      </div>
      {pages.items.length > 0 && (
        <table class="rows">
          <caption class="hidden">{t('health.accounts')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('health.accounts.account')}</th>
              <th scope="col">{t('health.accounts.lacking')}</th>
              <th scope="col">{t('health.accounts.taken')}</th>
              <th scope="col">{t('health.accounts.balance')}</th>
            </tr>
          </thead>
          <tbody>{pages.items.map((one) => <AccountRow key={one.bank_account_id} of={one} />)}</tbody>
        </table>
      )}
      {pages.error !== null && <Failure error={pages.error} retry={pages.more} />}
      <p role="status" class="small">{pages.busy ? t('app.loading') : pages.begun && pages.items.length === 0 && t('health.accounts.none')}</p>
      {pages.hasMore && <p><button type="button" disabled={pages.busy} onClick={pages.more}>{t('held.more')}</button></p>}
    </section>
  );
}

/** Text to hand on; it is shown too, because who hands it on should see it, and not every page may copy. */
function Diagnostics(): JSX.Element {
  const [text, setText] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const copy = async (): Promise<void> => {
    setFailed(null);
    setSaid('');
    try {
      const found = (await api.diagnostics()).text;
      setText(found);
      try {
        await navigator.clipboard.writeText(found);
        setSaid(t('health.copied'));
      } catch {
        setSaid(t('health.copy_yourself'));
      }
    } catch (error) {
      setFailed(asApiError(error));
    }
  };
  return (
    <section class="card" aria-labelledby="diagnostics">
      <h2 id="diagnostics">{t('health.diagnostics')}</h2>
      <p>{t('health.diagnostics.lead')}</p>
      <p><button type="button" onClick={() => void copy()}>{t('health.copy')}</button></p>
      <p role="status">{said}</p>
      {failed !== null && <Failure error={failed} />}
      {text !== null && <textarea class="diagnostics" readOnly rows={12} aria-label={t('health.diagnostics')} value={text} />}
    </section>
  );
}

function Everything(): JSX.Element {
  const health = useResource('health', api.health, () => 10_000);
  return (
    <>
      <Loaded from={health}>
        {(data) => (
          <>
            <p class="lead">{t('health.lead', { version: data.version, environment: word('environment', data.environment, data.environment) })} {t('health.refreshed')}</p>
            <div class="groups"><Books of={data} /><Webhooks of={data} /><Work of={data} /><Provider of={data} /></div>
          </>
        )}
      </Loaded>
      <Accounts />
      <Diagnostics />
      <p><Go to={{ name: 'erase' }}>{t('health.erase')}</Go></p>
    </>
  );
}

export function Health(): JSX.Element {
  const { can } = useSession();
  return (
    <Page title={t('health.title')}>
      {can.operate ? <Everything /> : <p class="look-only">{t('health.denied')}</p>}
    </Page>
  );
}

/** A page of its own, so that nobody comes upon it who looks at the figures. */
export function Erase(): JSX.Element {
  const { can } = useSession();
  return (
    <Page title={t('erase.heading')} back={{ to: { name: 'health' }, label: t('erase.back') }}>
      {can.operate ? <EraseTenant /> : <p class="look-only">{t('health.denied')}</p>}
    </Page>
  );
}
