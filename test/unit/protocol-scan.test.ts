// What a snapshot is taken from: maps that go on changing while they are read.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../core/protocol/entry.ts';
import { lsn, ORIGIN, term } from '../../core/protocol/position.ts';
import { Scan } from '../../core/protocol/scan.ts';
import { Sessions } from '../../core/protocol/sessions.ts';
import { SnapshotFold } from '../../core/protocol/snapshot-fold.ts';
import { VersionedState } from '../../core/protocol/state.ts';
import { seal } from './support/lab-start.ts';

describe('a scan', () => {
  test('holds the map as it was, whatever happens meanwhile', () => {
    const action = fc.record({ key: fc.nat(9), what: fc.constantFrom('set', 'move', 'drop', 'take') });
    fc.assert(
      fc.property(fc.array(fc.nat(9)), fc.array(action), (at, actions) => {
        let orders = 0;
        const map = new Map<string, { order: number; text: string }>();
        for (const key of at) if (!map.has(`${key}`)) map.set(`${key}`, { order: ++orders, text: `${key} at first` });
        const expected = [...map].map(([key, { text }]) => `${key}: ${text}`).sort();
        const scan = new Scan(map, orders, (key, { text }) => `${key}: ${text}`);
        const taken: (string | null)[] = [];
        for (const [step, { key, what }] of actions.entries()) {
          const name = `${key}`;
          const value = map.get(name);
          if (what === 'take') taken.push(scan.next());
          else if (value) scan.keep(name, value);
          if (what === 'set' && value) value.text = `changed in ${step}`;
          else if (what === 'set') map.set(name, { order: ++orders, text: `new in ${step}` });
          if (what === 'drop' || what === 'move') map.delete(name);
          if (what === 'move' && value) map.set(name, { order: ++orders, text: value.text });
        }
        for (let piece = scan.next(); piece !== null; piece = scan.next()) taken.push(piece);
        expect(taken.filter((piece) => piece !== null).sort()).toEqual(expected);
      }),
    );
  });

  test('state and sessions come back from their pieces as the committed prefix leaves them', () => {
    const write = fc.record({ key: fc.constantFrom('a', 'b', 'c'), deletes: fc.boolean(), session: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(write, { minLength: 1 }), fc.nat(), fc.nat(3), (writes, cut, ahead) => {
        const entries = writes.map(({ key, deletes, session }, index): Entry => {
          const command = deletes
            ? ({ op: 'delete', key } as const)
            : ({ op: 'put', key, value: `v${index}` } as const);
          const retry = { session: `s${session}`, seq: index + 1 };
          return seal({ term: term(1), lsn: lsn(index + 1), id: null, command, mode: 'quorum', session: retry });
        });
        const end = 1 + (cut % entries.length);
        const [state, sessions] = [new VersionedState(), new Sessions()];
        const take = (some: readonly Entry[]) => {
          for (const one of [state, sessions]) for (const entry of some) one.apply(entry);
          for (const one of [state, sessions]) for (const entry of some) one.commit(entry);
        };
        take(entries.slice(0, end));
        const scans = [state.scan(lsn(end)), sessions.scan(lsn(end))] as const;
        const fold = new SnapshotFold(ORIGIN);
        // Part of it is taken before the rest of the log is committed, part after.
        for (let i = 0; i < ahead; i++) for (const scan of scans) drain(fold, scan, 1);
        take(entries.slice(end));
        for (const scan of scans) drain(fold, scan, Number.POSITIVE_INFINITY);
        const plain = [new VersionedState(), new Sessions()] as const;
        for (const entry of entries.slice(0, end)) {
          for (const one of plain) one.apply(entry);
          for (const one of plain) one.commit(entry);
        }
        for (const key of ['a', 'b', 'c']) expect(fold.state.read(key, lsn(end))).toBe(plain[0].read(key, lsn(end)));
        expect(fold.state.keys).toBe(plain[0].keys);
        const restored = fold.sessions();
        for (const { session } of writes) {
          for (let seq = 1; seq <= writes.length + 1; seq++) {
            expect(restored.find(`s${session}`, seq)).toEqual(plain[1].find(`s${session}`, seq));
          }
        }
      }),
    );
  });
});

function drain(fold: SnapshotFold, scan: { next(): Parameters<SnapshotFold['take']>[0] | null }, count: number): void {
  for (let left = count; left > 0; left--) {
    const piece = scan.next();
    if (piece === null) return;
    fold.take(piece);
  }
}
