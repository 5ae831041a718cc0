// What a person may do with a link that feeds the books: give it another start date, or stop it.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { formatDate } from '../dates';
import { currentLocale, t } from '../i18n';
import { asApiError } from '../resource';
import { plain, titled } from '../text';
import type { AccountLink, BankAccount } from '../types';
import { ConfirmDialog } from './ConfirmDialog';
import { Failure } from './basics';
import { TakeBack } from './TakeBack';

function StopFeeding(props: { account: BankAccount; link: AccountLink; onDone: () => void; onCancel: () => void }): JSX.Element {
  const { account, link } = props;
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const stop = async (): Promise<void> => {
    setBusy(true);
    setFailed(null);
    try {
      await api.endLink(link.id);
      props.onDone();
      return;
    } catch (error) {
      setFailed(asApiError(error));
    }
    setBusy(false);
  };
  const words = { account: titled(account.name, account.mask), ledger: plain(link.ledger_account_name) };
  return (
    <ConfirmDialog
      title={t('stop.title', words)}
      confirm={t('stop.confirm')}
      cancel={t('stop.cancel')}
      busy={busy}
      onConfirm={() => void stop()}
      onCancel={props.onCancel}
    >
      <ul>
        <li>{t('stop.text1', words)}</li>
        <li>{t('stop.text2')}</li>
        <li>{t('stop.text3')}</li>
      </ul>
      {failed !== null && <Failure error={failed} />}
    </ConfirmDialog>
  );
}

function startFailure(error: api.ApiError): JSX.Element {
  const day = (name: string): string => formatDate(String(error.params[name] ?? ''), currentLocale());
  if (error.code === 'link.start_before_last_entry') {
    return <p class="conflict">{t('start.before_last_entry', { last_entry_on: day('last_entry_on') })}</p>;
  }
  if (error.code === 'link.start_in_future') {
    return <p class="conflict">{t('conflict.start_in_future', { latest: day('latest') })}</p>;
  }
  return <Failure error={error} />;
}

function ChangeStart(props: { account: BankAccount; link: AccountLink; onSaid: (words: string) => void; onCancel: () => void }): JSX.Element {
  const { account, link } = props;
  const [value, setValue] = useState(link.start_date ?? '');
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const id = `start-${account.id}`;
  const overlaps = failed?.code === 'link.start_before_last_entry';
  const change = async (): Promise<void> => {
    setBusy(true);
    setFailed(null);
    try {
      const changed = await api.changeStart(link.id, value === '' ? null : value, overlaps);
      props.onSaid(changed.releasing ? t('start.releasing')
        : changed.stay > 0 ? t('start.stay', { count: changed.stay }) : t('start.changed'));
      return;
    } catch (error) {
      setFailed(asApiError(error));
    }
    setBusy(false);
  };
  return (
    <div class="field">
      <label for={id}>{t('start.label', { account: titled(account.name, account.mask) })}</label>
      <input
        ref={input}
        id={id}
        type="date"
        value={value}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          setValue(event.currentTarget.value);
          setFailed(null);
        }}
      />
      <p class="small" id={`${id}-hint`}>{t('start.hint')}</p>
      <div role="alert">{failed !== null && startFailure(failed)}</div>
      <div class="buttons">
        <button type="button" disabled={busy || value === (link.start_date ?? '')} onClick={() => void change()}>
          {t(overlaps ? 'choice.accept_overlap' : 'start.confirm')}
        </button>
        <button type="button" class="plain" onClick={props.onCancel}>{t('start.cancel')}</button>
      </div>
    </div>
  );
}

export function LiveLink(props: { account: BankAccount; onDone: () => void }): JSX.Element | null {
  const { account } = props;
  const { link } = account;
  const [open, setOpen] = useState<'none' | 'start' | 'stop' | 'take-back'>('none');
  const [said, setSaid] = useState('');
  if (link === null) return null;
  const close = (): void => setOpen('none');
  const done = (words: string): void => {
    setSaid(words);
    close();
    props.onDone();
  };
  const title = titled(account.name, account.mask);
  return (
    <>
      <div role="status">{said !== '' && <p class="small">{said}</p>}</div>
      {open === 'start' && <ChangeStart account={account} link={link} onSaid={done} onCancel={close} />}
      {link.state === 'taking_back' && <p class="small" role="status">{t('takeback.under_way')}</p>}
      {open !== 'start' && link.state !== 'waiting_for_account' && link.state !== 'taking_back' && (
        <div class="buttons">
          {link.state === 'active' && (
            <button type="button" class="plain" aria-label={t('start.open.of', { account: title })} onClick={() => setOpen('start')}>
              {t('start.open')}
            </button>
          )}
          {link.continues && link.state !== 'checking_books' && (
            <button type="button" class="plain" aria-label={t('takeback.open.of', { account: title })} onClick={() => setOpen('take-back')}>
              {t('takeback.open')}
            </button>
          )}
          <button type="button" class="plain" aria-label={t('stop.open.of', { account: title })} onClick={() => setOpen('stop')}>
            {t('stop.open')}
          </button>
        </div>
      )}
      {open === 'take-back' && <TakeBack account={account} link={link} onDone={() => done('')} onCancel={close} />}
      {open === 'stop' && <StopFeeding account={account} link={link} onDone={() => done('')} onCancel={close} />}
    </>
  );
}
