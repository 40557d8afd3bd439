import { WRITE_MODES, type WriteMode } from '../core/protocol/entry.ts';
import { formatPosition, ORIGIN } from '../core/protocol/position.ts';
import type { ReadLevel } from '../core/protocol/requests.ts';
import { TEMPOS, type Tempo } from '../core/protocol/timing.ts';
import { actual, type Control, type Dashboard, learn, only, type Step } from './state.ts';

/** Writes of keys go to this many keys in turn: k1 to k9. */
const KEYS = 9;
/** Writes of one burst. */
const BURST = 100;

/** The next of the keys that are written in turn. */
export function writeNext(dashboard: Dashboard): Step {
  const number = (actual(dashboard).write?.number ?? 0) + 1;
  return writeKey(dashboard, `k${((number - 1) % KEYS) + 1}`, `v${number}`);
}

export function writeKey(dashboard: Dashboard, key: string, value: string): Step {
  const number = (actual(dashboard).write?.number ?? 0) + 1;
  return {
    dashboard: learn({ ...dashboard, notice: null }, (seen) => ({
      ...seen,
      write: { number, key, value, answer: null, settled: null },
    })),
    effects: [{ type: 'write', number, request: { op: 'write', key, value } }],
  };
}

export const writeBurst = (dashboard: Dashboard): Step => ({
  dashboard: { ...dashboard, notice: { tone: 'good', text: `${BURST} writes sent at once` } },
  effects: [{ type: 'burst', writes: BURST }],
});

/** Writes continuously, or no more. */
export function toggleLoad(dashboard: Dashboard): Step {
  const loading = !dashboard.loading;
  return { dashboard: { ...dashboard, loading, notice: null }, effects: [{ type: 'load', on: loading }] };
}

/** Reads the key last written, so that the answer can be compared with it. */
export function readLast(dashboard: Dashboard, level: ReadLevel): Step {
  const { write, read } = actual(dashboard);
  const isUnderWay = write !== null && write.answer === null;
  if (level === 'token' && isUnderWay) return only({ ...dashboard, tokenReadDue: read?.number ?? 0 });
  return readKey(dashboard, write?.key ?? 'k1', level);
}

export function readKey(dashboard: Dashboard, key: string, level: ReadLevel): Step {
  const seen = actual(dashboard);
  const number = (seen.read?.number ?? 0) + 1;
  const token = level === 'token' ? seen.token : null;
  // A session that has seen nothing yet asks for nothing: the position before the first entry.
  const request =
    level === 'token'
      ? ({ op: 'read', key, level, token: token ?? formatPosition(ORIGIN) } as const)
      : ({ op: 'read', key, level } as const);
  return {
    dashboard: learn({ ...dashboard, notice: null }, (known) => ({
      ...known,
      read: { number, key, level, token, answer: null },
    })),
    effects: [{ type: 'read', number, request }],
  };
}

/** The mode that `m` switches to; null while the present one is unknown. */
export function nextMode(dashboard: Dashboard): WriteMode | null {
  const present = dashboard.modeAsked ?? actual(dashboard).snapshot?.mode;
  if (present === undefined) return null;
  return WRITE_MODES[(WRITE_MODES.indexOf(present) + 1) % WRITE_MODES.length] ?? null;
}

export function switchMode(dashboard: Dashboard): Step {
  const mode = nextMode(dashboard);
  return mode === null ? only(dashboard) : control({ ...dashboard, modeAsked: mode }, { op: 'mode', mode });
}

/** The tempo that `+` (1) or `-` (−1) switches to; null at the end of the scale, or while the present one is unknown. */
export function nextTempo(dashboard: Dashboard, by: -1 | 1): Tempo | null {
  const present = dashboard.tempoAsked ?? actual(dashboard).snapshot?.tempo;
  return present === undefined ? null : (TEMPOS[TEMPOS.indexOf(present) + by] ?? null);
}

export function switchTempo(dashboard: Dashboard, by: -1 | 1): Step {
  const tempo = nextTempo(dashboard, by);
  if (tempo !== null) return control({ ...dashboard, tempoAsked: tempo }, { op: 'tempo', tempo });
  if (actual(dashboard).snapshot === null) return only(dashboard);
  return only({
    ...dashboard,
    notice: { tone: 'bad', text: `the tempo is as ${by > 0 ? 'fast' : 'slow'} as it gets` },
  });
}

/** What the request before came to is no longer of interest. */
const control = (dashboard: Dashboard, request: Control): Step => ({
  dashboard: { ...dashboard, notice: null },
  effects: [{ type: 'control', request, fault: null }],
});
