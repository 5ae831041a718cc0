// The end of a tenant's data: how it goes, and the way to begin it.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api';
import { formatRelative, formatTime } from '../dates';
import { currentLocale, problemWords, t } from '../i18n';
import { asApiError, useResource } from '../resource';
import { plain } from '../text';
import type { Tenant } from '../types';
import { ConfirmDialog } from './ConfirmDialog';
import { Failure, Foreign, Loaded, useOwnId } from './basics';

function Ask(props: { tenant: string; giveUp: boolean; onDone: () => void }): JSX.Element {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [name, setName] = useState('');
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const id = useOwnId('erase');
  const erase = async (): Promise<void> => {
    setBusy(true);
    setFailed(null);
    try {
      await api.eraseTenant(name, props.giveUp);
      setAsking(false);
      props.onDone();
    } catch (error) {
      setFailed(asApiError(error));
    }
    setBusy(false);
  };
  const open = t(props.giveUp ? 'erase.give_up' : 'erase.open');
  return (
    <>
      <button type="button" class="danger" onClick={() => setAsking(true)}>{open}</button>
      {asking && (
        <ConfirmDialog
          title={t('erase.title', { tenant: plain(props.tenant) })}
          confirm={open}
          cancel={t('erase.cancel')}
          busy={busy}
          onConfirm={() => void erase()}
          onCancel={() => setAsking(false)}
        >
          <p>{t(props.giveUp ? 'erase.give_up_text' : 'erase.text')}</p>
          <div class="field">
            <label for={id}>{t('erase.name', { tenant: plain(props.tenant) })}</label>
            <input id={id} type="text" value={name} autocomplete="off" onInput={(event) => setName(event.currentTarget.value)} />
          </div>
          {failed !== null && <Failure error={failed} />}
        </ConfirmDialog>
      )}
    </>
  );
}

function UnderWay(props: { erasure: NonNullable<Tenant['erasure']> }): JSX.Element {
  const { erasure } = props;
  const locale = currentLocale();
  return (
    <>
      <p role="status">
        {t('erase.under_way', { by: plain(erasure.asked_by), at: formatTime(erasure.asked_at, locale), count: erasure.deleted })}
      </p>
      {erasure.ending.length > 0 && <p>{t('erase.ending')}</p>}
      <ul>
        {erasure.ending.map((one) => (
          <li key={one.connection_id}>
            <Foreign text={one.institution || t('app.bank_unnamed')} />
            {one.error !== null && <> {problemWords(one.error.code, one.error.text)}</>}
          </li>
        ))}
      </ul>
      {erasure.next_try_at !== null && (
        <p>{t('progress.next_try', { next: formatRelative(erasure.next_try_at, Date.now(), locale) })}</p>
      )}
    </>
  );
}

export function EraseTenant(): JSX.Element {
  const tenant = useResource('tenant', api.tenant, () => 5_000);
  return (
    <Loaded from={tenant}>
      {(data) => (
        <section class="card">
          {data.erasure === null && <p>{t('erase.text')}</p>}
          {data.erasure !== null && <UnderWay erasure={data.erasure} />}
          {(data.erasure === null || data.erasure.ending.length > 0) && (
            <Ask tenant={data.tenant} giveUp={data.erasure !== null} onDone={tenant.reload} />
          )}
        </section>
      )}
    </Loaded>
  );
}
