import type { LedgerWriteView, LogEntryView } from '../../core/observe/api.ts';
import { escapeText } from '../../core/observe/escape.ts';
import { formatMs, MODE_WORDS } from '../../core/observe/words.ts';
import type { WriteMode } from '../../core/protocol/entry.ts';
import { parsePosition } from '../../core/protocol/position.ts';
import { referenceOf } from '../entries.ts';
import { clip } from '../format.ts';
import { wrapRow } from '../row.ts';
import { bold, plain, quiet, type Row, toned } from '../span.ts';
import type { Overlay, Seen } from '../state.ts';
import { termTone } from '../term-tone.ts';
import { charactersOf, padTo, widthOf } from '../width.ts';
import { fateWords } from './entry-fate.ts';
import { holderRow } from './entry-holders.ts';
import type { OverlayPicture } from './overlay.ts';

type EntryOverlay = Extract<Overlay, { type: 'entry' }>;

/** An entry of a log: what is in it, what became of it, what its client was told, and which replicas have it. */
export function entryRows(seen: Seen, overlay: EntryOverlay, width: number): OverlayPicture {
  const { replica, position: text, entry } = overlay;
  const position = parsePosition(text);
  const title = [bold(`entry ${text} of ${replica}`, 'focus')];
  const aside = [quiet('Esc closes')];
  if (position === null || seen.snapshot === null) return { title, aside, rows: [] };
  const { replicas, leader } = seen.snapshot;
  const reference = referenceOf(seen.snapshot);
  const write = inLedger(seen, overlay);
  const place: Row = [bold(text, termTone(position.term)), quiet(` (term ${position.term}, LSN ${position.lsn})  `)];
  const field = (label: string, row: Row): Row[] =>
    wrapRow([quiet(padTo(label, LABEL_WIDTH)), ...row], width, LABEL_WIDTH);
  return {
    title,
    aside,
    rows: [
      ...(entry === null ? unfetchedRows() : contentRows(entry)),
      [],
      ...field('fate', fateWords(position, replicas, reference, entry?.committed ?? false)),
      ...clientRows(),
      [],
      ...replicas.flatMap((one) => wrapRow(holderRow(position, one, leader, reference), width, LABEL_WIDTH)),
    ],
  };

  function contentRows({ op, key, value, mode, id }: LogEntryView): Row[] {
    return [
      ...field('entry', [...place, plain(OPS[op].name), quiet(OPS[op].words)]),
      ...(key === null ? [] : field('key', [plain(clip(key))])),
      ...(value === null ? [] : valueRows(value, width)),
      ...(mode === null ? [] : modeRows(mode)),
      ...(id === null ? [] : field('id', [quiet(clip(id))])),
    ];
  }

  /** What the ledger knows of it, and why there is no more. */
  function unfetchedRows(): Row[] {
    const why = overlay.message === null ? quiet('…') : toned('warn', `! ${clip(overlay.message)}`);
    const known = write === undefined ? [] : [...field('key', [plain(clip(write.key))]), ...modeRows(write.mode)];
    const id = write === undefined ? [] : field('id', [quiet(clip(write.id))]);
    return [...field('entry', [...place, why]), ...known, ...id];
  }

  /** In full only if that fits. */
  function modeRows(mode: WriteMode): Row[] {
    const rows = field('mode', [plain(mode), quiet(`: ${MODE_WORDS[mode]}`)]);
    return rows.length === 1 ? rows : field('mode', [plain(mode)]);
  }

  function clientRows(): Row[] {
    if (write !== undefined) return field('client', clientWords(write));
    const isOld = entry !== null && entry.id !== null;
    return isOld ? field('client', [quiet('not among the newest writes of the ledger')]) : [];
  }
}

const LABEL_WIDTH = 10;
/** Of a value, which can be a MiB long, so many rows are shown. */
const VALUE_ROWS = 4;

const OPS: Readonly<Record<LogEntryView['op'], { readonly name: string; readonly words: string }>> = {
  put: { name: 'write', words: '' },
  delete: { name: 'delete', words: ': its key has no value from here on' },
  noop: {
    name: 'no-op',
    words:
      ': every leader begins its term with one. What earlier terms left in its log can only be committed together with an entry of its own',
  },
};

/** The write that made the entry: by its id, or, before that is known, by its position. */
function inLedger({ ledger }: Seen, { entry, position }: EntryOverlay): LedgerWriteView | undefined {
  const isIt = (write: LedgerWriteView): boolean =>
    entry === null ? write.position === position : write.id === entry.id;
  return ledger.writes.findLast(isIt) ?? ledger.losses.findLast(isIt);
}

function clientWords({ outcome, leader, durableOn, ms, fate }: LedgerWriteView): Row {
  const by = leader === null ? '' : ` by ${leader}`;
  const disks = durableOn.length === 0 ? '' : `, on the disks of ${durableOn.join(', ')} by then`;
  const open = outcome === 'unknown' && fate === 'pending' ? '. It may still commit' : '';
  return [
    plain('was told '),
    { ok: toned('good', '✓ ok '), unknown: toned('doubt', '? unknown '), rejected: toned('warn', '✗ rejected ') }[
      outcome
    ],
    plain(`after ${formatMs(ms)}${by}${disks}${open}${fate === null ? '' : FATES[fate]}`),
  ];
}

/** What has become of it is worth a word if it is not what the client was told. */
const FATES: Readonly<Record<NonNullable<LedgerWriteView['fate']>, string>> = {
  pending: '',
  committed: '',
  lost: '. Acknowledged, and lost',
  discarded: '. Never acknowledged, and discarded',
};

/** The beginning of a value, in full rows: its blanks are its own. */
function valueRows(value: string, width: number): Row[] {
  if (value === '') return [[quiet(padTo('value', LABEL_WIDTH)), quiet('(empty)')]];
  const room = Math.max(1, width - LABEL_WIDTH);
  const lines: string[] = [''];
  let used = 0;
  let shown = 0;
  // Escaped one by one, so that no escape is cut in two; what could not be shown anyway is not looked at.
  for (const character of charactersOf(value.slice(0, UNITS_MAX * room * VALUE_ROWS))) {
    const text = escapeText(character);
    const wide = widthOf(text);
    if (used + wide > room) {
      if (lines.length === VALUE_ROWS) break;
      lines.push('');
      used = 0;
    }
    lines[lines.length - 1] += text;
    used += wide;
    shown += character.length;
  }
  const rows: Row[] = lines.map((line, i) => [quiet(padTo(i === 0 ? 'value' : '', LABEL_WIDTH)), plain(line)]);
  if (shown === value.length) return rows;
  let left = 0;
  for (const _ of value.slice(shown)) left += 1;
  return [...rows, [plain(' '.repeat(LABEL_WIDTH)), quiet(`… ${left} more characters`)]];
}

/** So many units of UTF-16 make one column of an ordinary character, at most. */
const UNITS_MAX = 4;
