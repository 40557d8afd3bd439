import type { LedgerWriteView } from '../../core/observe/api.ts';
import { dataText } from '../data.ts';
import { FATES } from '../fates.ts';
import { bold, plain, quiet, type Row, toned } from '../span.ts';
import type { Dashboard } from '../state.ts';
import { padTo } from '../width.ts';
import { shortEnough } from './labelled.ts';

/** What a failover cost: writes that were acknowledged, and are gone. */
export function lossHead({ seen }: Dashboard, width: number): Row {
  // The counts come with every snapshot, the writes themselves a moment later.
  const count = Math.max(seen.snapshot?.fates.lost ?? 0, seen.ledger.losses.length);
  const writes = `lost: ${count} acknowledged ${count === 1 ? 'write' : 'writes'}`;
  return shortEnough(
    width,
    [bold(`${writes} that the new history lacks`, 'bad')],
    // So narrow, it may be that not all have a row.
    [bold(writes, 'bad'), quiet('  z shows all')],
    [bold(writes, 'bad')],
  );
}

const POSITION_WIDTH = 7;
const KEY_WIDTH = 10;
const MODE_WIDTH = 6;

/** A lost write, and who had said that it was done. */
export function lossRow({ key, position, mode, leader, durableOn }: LedgerWriteView, width: number): Row {
  const write = [
    toned('bad', `${FATES.lost.glyph} ${padTo(position ?? '', POSITION_WIDTH)}  `),
    plain(`${padTo(dataText(key, KEY_WIDTH), KEY_WIDTH)}  ${padTo(mode, MODE_WIDTH)}  `),
  ];
  const durable = durableOn.length > 0 ? `, durable on ${durableOn.join(' ')}` : '';
  return shortEnough(
    width,
    [...write, plain(`acknowledged by ${leader}${durable} then`)],
    [...write, plain(`by ${leader}${durable}`)],
    [...write, plain(`by ${leader}`)],
  );
}
