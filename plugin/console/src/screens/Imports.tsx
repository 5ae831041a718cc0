// What each run booked: the list, and one of them with what an undo would do.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api';
import { useSession } from '../context';
import { formatDays, formatTime } from '../dates';
import { currentLocale, t, word } from '../i18n';
import { AccountTitle, Amount, Badge, Day, Failure, Foreign, Go, LedgerName, Loaded, Page } from '../parts/basics';
import { ConfirmDialog } from '../parts/ConfirmDialog';
import { RecordTabs } from '../parts/RecordTabs';
import { usePages } from '../pages';
import { asApiError, useResource } from '../resource';
import { plain, titled } from '../text';
import type { Import, ImportAccount, ImportDetail as Detail, ImportStanding, ProtectedRow } from '../types';

const bankOf = (one: Import): string => one.institution || t('app.bank_unnamed');

function Why(props: { of: Import }): JSX.Element {
  const { cause, by } = props.of;
  return (
    <>
      {word('importCause', cause, cause)}
      {by !== null && <span class="small block"><Foreign text={by} /></span>}
    </>
  );
}

function stateWords(one: Import): string {
  if (one.state !== 'booked') return word('importState', one.state, one.state);
  return one.undone_at === null ? '' : t('imports.undone_at', { at: formatTime(one.undone_at, currentLocale()) });
}

function ListRow(props: { of: Import }): JSX.Element {
  const one = props.of;
  const when = formatTime(one.began_at, currentLocale());
  const state = stateWords(one);
  return (
    <tr>
      <th scope="row">
        <Go to={{ name: 'import', id: one.id }} label={t('imports.open', { bank: plain(bankOf(one)), when })}>{when}</Go>
      </th>
      <td data-label={t('imports.bank')}><Foreign text={bankOf(one)} /></td>
      <td data-label={t('imports.cause')}><div><Why of={one} /></div></td>
      <td data-label={t('imports.state')}>{state === '' ? <span>{t('imports.in_books')}</span> : <Badge tone={one.state === 'booked' ? 'warn' : 'busy'}>{state}</Badge>}</td>
      <td class="number" data-label={t('imports.rows')}>{t('imports.count', { count: one.rows_booked })}</td>
    </tr>
  );
}

export function Imports(): JSX.Element {
  const pages = usePages<Import, string>('imports', async (before) => {
    const page = await api.imports(before);
    return { items: page.imports, next: page.next };
  });
  return (
    <Page title={t('imports.title')}>
      <RecordTabs here="imports" />
      <p class="lead">{t('imports.lead')}</p>
      {pages.items.length > 0 && (
        <table class="rows">
          <caption class="hidden">{t('imports.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('imports.when')}</th>
              <th scope="col">{t('imports.bank')}</th>
              <th scope="col">{t('imports.cause')}</th>
              <th scope="col">{t('imports.state')}</th>
              <th scope="col" class="number">{t('imports.rows')}</th>
            </tr>
          </thead>
          <tbody>{pages.items.map((one) => <ListRow key={one.id} of={one} />)}</tbody>
        </table>
      )}
      {pages.error !== null && <Failure error={pages.error} retry={pages.more} />}
      <p role="status" class="small">
        {pages.busy ? t('app.loading') : pages.begun && pages.items.length === 0 && t('imports.none')}
      </p>
      {pages.hasMore && (
        <p><button type="button" disabled={pages.busy} onClick={pages.more}>{t('activity.more')}</button></p>
      )}
    </Page>
  );
}

/** Of what was booked and not undone, a person may have removed the entry in the books. */
const inBooks = (of: ImportStanding): number =>
  of.booked - of.protected.reduce((sum, one) => sum + (one.reason === 'removed' ? one.count : 0), 0);

const protectedCount = (of: ImportStanding): number => of.protected.reduce((sum, one) => sum + one.count, 0);

function Reasons(props: { of: ImportStanding }): JSX.Element | null {
  if (props.of.protected.length === 0) return null;
  return (
    <ul>
      {props.of.protected.map(({ reason, count }) => (
        <li key={reason}>{t('imports.reason', { count, reason: word('protectedReason', reason, reason) })}</li>
      ))}
    </ul>
  );
}

function AccountRow(props: { of: ImportAccount }): JSX.Element {
  const one = props.of;
  return (
    <tr>
      <th scope="row">
        <AccountTitle name={one.name} mask={one.mask} />
        {one.ledger_account_name !== null && <span class="small block"><LedgerName name={one.ledger_account_name} /></span>}
      </th>
      <td class="number" data-label={t('imports.booked')}>{t('imports.count', { count: inBooks(one) })}</td>
      <td class="number" data-label={t('imports.undone')}>{t('imports.count', { count: one.undone })}</td>
      <td class="number" data-label={t('imports.kept')}>{t('imports.count', { count: protectedCount(one) })}</td>
    </tr>
  );
}

/** What the books look like afterwards, said before it is done. */
function Preview(props: { of: Detail; undo: boolean }): JSX.Element {
  const { of, undo } = props;
  const kept = protectedCount(of);
  const opened = of.accounts.filter((one) => one.opening_balance !== null);
  return (
    <>
      <p><strong>{t(undo ? 'imports.undo_does' : 'imports.redo_does', { count: undo ? of.can_undo : of.undone })}</strong></p>
      {undo && (
        <ul>
          {of.accounts.filter((one) => one.can_undo > 0).map((one) => (
            <li key={one.bank_account_id}>
              {t('imports.undo_account', {
                count: one.can_undo, account: titled(one.name, one.mask), ledger: plain(one.ledger_account_name ?? t('app.none')),
              })}
            </li>
          ))}
        </ul>
      )}
      <p>{t(undo ? 'imports.undo_then' : 'imports.redo_then')}</p>
      {undo && kept > 0 && <><p>{t('imports.undo_keeps', { count: kept })}</p><Reasons of={of} /></>}
      {undo && opened.length > 0 && <p>{t('imports.undo_opening')}</p>}
    </>
  );
}

function Act(props: { of: Detail; onDone: () => void }): JSX.Element | null {
  const { of } = props;
  const { can } = useSession();
  const [asking, setAsking] = useState<'undo' | 'redo' | null>(null);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const undo = asking === 'undo';
  const act = async (): Promise<void> => {
    setBusy(true);
    setFailed(null);
    try {
      await (undo ? api.undoImport(of.id) : api.redoImport(of.id));
      setAsking(null);
    } catch (error) {
      setFailed(asApiError(error));
    }
    setBusy(false);
    props.onDone();
  };
  if (!can.link) return <p class="look-only">{t('imports.look_only')}</p>;
  if (of.state !== 'booked') return <p role="status">{t('imports.goes_on')}</p>;
  return (
    <>
      <div class="buttons">
        {of.can_undo > 0 && <button type="button" onClick={() => setAsking('undo')}>{t('imports.undo')}</button>}
        {of.undone > 0 && <button type="button" onClick={() => setAsking('redo')}>{t('imports.redo')}</button>}
      </div>
      {asking !== null && (
        <ConfirmDialog
          title={t(undo ? 'imports.undo_title' : 'imports.redo_title')}
          confirm={t(undo ? 'imports.undo_confirm' : 'imports.redo_confirm', { count: undo ? of.can_undo : of.undone })}
          cancel={t('imports.cancel')}
          busy={busy}
          onConfirm={() => void act()}
          onCancel={() => setAsking(null)}
        >
          <Preview of={of} undo={undo} />
          {failed !== null && <Failure error={failed} />}
        </ConfirmDialog>
      )}
    </>
  );
}

function Protected(props: { of: Detail }): JSX.Element {
  const { of } = props;
  const accounts = new Map(of.accounts.map((one) => [one.bank_account_id, titled(one.name, one.mask)]));
  const pages = usePages<ProtectedRow, string>(`protected ${of.id} ${of.state}`, async (after) => {
    const page = await api.protectedRows(of.id, after);
    return { items: page.transactions, next: page.next };
  });
  return (
    <section aria-labelledby="protected">
      <h2 id="protected">{t('imports.protected')}</h2>
      <p class="lead">{t('imports.protected_lead')}</p>
      <table class="rows">
        <caption class="hidden">{t('imports.protected')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('held.date')}</th>
            <th scope="col">{t('held.what')}</th>
            <th scope="col">{t('imports.protected_why')}</th>
            <th scope="col" class="number">{t('held.amount')}</th>
          </tr>
        </thead>
        <tbody>
          {pages.items.map((one) => (
            <tr key={one.id}>
              <td data-label={t('held.date')}><Day date={one.date} /></td>
              <th scope="row">
                <Foreign text={one.merchant || one.name} />
                <span class="small block"><bdi>{accounts.get(one.bank_account_id) ?? ''}</bdi></span>
              </th>
              <td data-label={t('imports.protected_why')}><span>{word('protectedReason', one.reason, one.reason)}</span></td>
              <td class="number" data-label={t('held.amount')}><Amount money={one.amount} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      {pages.error !== null && <Failure error={pages.error} retry={pages.more} />}
      {pages.busy && <p role="status" class="small">{t('app.loading')}</p>}
      {pages.hasMore && (
        <p><button type="button" disabled={pages.busy} onClick={pages.more}>{t('held.more')}</button></p>
      )}
    </section>
  );
}

function Facts(props: { of: Detail }): JSX.Element {
  const { of } = props;
  const locale = currentLocale();
  const state = stateWords(of);
  const days = of.first_date === null || of.last_date === null ? t('app.none') : formatDays(of.first_date, of.last_date, locale);
  return (
    <dl class="values">
      <div><dt>{t('imports.when')}</dt><dd>{formatTime(of.began_at, locale)}</dd></div>
      <div><dt>{t('imports.cause')}</dt><dd><Why of={of} /></dd></div>
      <div><dt>{t('imports.dates')}</dt><dd>{days}</dd></div>
      <div><dt>{t('imports.rows')}</dt><dd>{t('imports.count', { count: of.rows_booked })}</dd></div>
      <div><dt>{t('imports.booked')}</dt><dd>{t('imports.count', { count: inBooks(of) })}</dd></div>
      {of.undone > 0 && <div><dt>{t('imports.undone')}</dt><dd>{t('imports.count', { count: of.undone })}</dd></div>}
      {state !== '' && <div><dt>{t('imports.state')}</dt><dd>{state}</dd></div>}
      {of.asked_by !== null && <div><dt>{t('activity.who')}</dt><dd><Foreign text={of.asked_by} /></dd></div>}
    </dl>
  );
}

export function ImportDetail(props: { id: string }): JSX.Element {
  const found = useResource(`import ${props.id}`, () => api.importOf(props.id), (data) => (data !== null && data.state !== 'booked' ? 1_500 : 0));
  const title = found.data === null ? t('imports.one') : t('imports.of', { bank: bankOf(found.data) });
  return (
    <Page title={title} back={{ to: { name: 'imports' }, label: t('imports.back') }}>
      <Loaded from={found}>
        {(data) => (
          <>
            <div class="card"><Facts of={data} /><Act of={data} onDone={found.reload} /></div>
            {data.accounts.length > 0 && (
              <table class="rows">
                <caption class="hidden">{t('imports.accounts')}</caption>
                <thead>
                  <tr>
                    <th scope="col">{t('imports.accounts')}</th>
                    <th scope="col" class="number">{t('imports.booked')}</th>
                    <th scope="col" class="number">{t('imports.undone')}</th>
                    <th scope="col" class="number">{t('imports.kept')}</th>
                  </tr>
                </thead>
                <tbody>{data.accounts.map((one) => <AccountRow key={one.bank_account_id} of={one} />)}</tbody>
              </table>
            )}
            {protectedCount(data) > 0 && <Protected of={data} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}
