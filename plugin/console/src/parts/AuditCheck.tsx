// Whether the log is whole: its chain of hashes is recomputed, step by step, when somebody looks.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { formatTime } from '../dates';
import { currentLocale, t } from '../i18n';
import { asApiError } from '../resource';
import type { AuditCheck as Check } from '../types';
import { Failure } from './basics';

/** So many steps of 1,000 entries by itself; a longer log goes on when somebody asks for it. */
const STEPS = 10;

function Outcome(props: { check: Check }): JSX.Element {
  const { check } = props;
  const seq = check.up_to?.seq ?? 0;
  const at = formatTime(check.at, currentLocale());
  if (check.broken !== null) {
    return (
      <div class="failure" role="alert">
        <p><strong>{t('audit_check.broken', { seq: check.broken, at })}</strong></p>
        <p>{t('audit_check.broken_what', { seq })}</p>
      </div>
    );
  }
  if (check.up_to === null) return <p role="status">{t('audit_check.empty')}</p>;
  return (
    <>
      <p role="status">
        {t(check.at_head ? 'audit_check.whole' : 'audit_check.part', { seq, at })}
      </p>
      <details class="small">
        <summary>{t('audit_check.hash')}</summary>
        <p>{t('audit_check.hash_what')}</p>
        <code>{check.up_to.hash}</code>
      </details>
    </>
  );
}

export function AuditCheck(): JSX.Element {
  const [check, setCheck] = useState<Check | null>(null);
  const [busy, setBusy] = useState(true);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const live = useRef(true);
  const run = async (from: Check['up_to']): Promise<void> => {
    setBusy(true);
    setFailed(null);
    let at = from;
    try {
      for (let step = 0; step < STEPS && live.current; step += 1) {
        const next = await api.checkActivity(at);
        if (!live.current) return;
        setCheck(next);
        at = next.up_to;
        if (next.at_head || next.broken !== null) break;
      }
    } catch (error) {
      if (live.current) setFailed(asApiError(error));
    }
    if (live.current) setBusy(false);
  };
  useEffect(() => {
    live.current = true;
    void run(null);
    return () => {
      live.current = false;
    };
  }, []);
  const whole = check !== null && (check.at_head || check.broken !== null);
  return (
    <section class="card" aria-labelledby="audit-check">
      <h2 id="audit-check">{t('audit_check.title')}</h2>
      {check === null && failed === null && <p class="loading" role="status">{t('audit_check.begins')}</p>}
      {check !== null && <Outcome check={check} />}
      {failed !== null && <Failure error={failed} />}
      <p>
        <button type="button" disabled={busy} onClick={() => void run(whole ? null : (check?.up_to ?? null))}>
          {t(whole || check === null ? 'audit_check.again' : 'audit_check.go_on')}
        </button>
      </p>
    </section>
  );
}
