// What replicas say to each other, line by line: it comes back as it went, and nothing else is taken.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../core/protocol/entry.ts';
import type { PeerMessage } from '../../core/protocol/messages.ts';
import { lsn, type Position, term, writeId } from '../../core/protocol/position.ts';
import type { SnapshotPiece } from '../../core/protocol/snapshot.ts';
import { sealEntry } from '../../core/wal/codec.ts';
import { sealPiece } from '../../core/wal/piece.ts';
import { encodePeerMessage, PeerDecoder } from '../../core/wire/peers.ts';

const number = fc.nat({ max: 1_000_000 });
const position = fc.oneof(
  fc.constant<Position>({ term: term(0), lsn: lsn(0) }),
  fc.record({ term: fc.integer({ min: 1, max: 999 }).map(term), lsn: fc.integer({ min: 1, max: 999 }).map(lsn) }),
);

/** A few entries that follow `prev`. */
function entriesAfter(prev: Position, values: readonly string[]): Entry[] {
  return values.map((value, index) =>
    sealEntry({
      term: term(prev.term + 1),
      lsn: lsn(prev.lsn + 1 + index),
      id: writeId(`w${index}`),
      command: { op: 'put', key: `key-${index}`, value },
      mode: 'quorum',
      session: null,
    }),
  );
}

const piece: fc.Arbitrary<SnapshotPiece> = fc.oneof(
  fc.record({
    type: fc.constant('key' as const),
    key: fc.string({ minLength: 1 }),
    value: fc.string(),
    lsn: fc.integer({ min: 1, max: 1e9 }).map(lsn),
  }),
  fc.record({ type: fc.constant('forgotten' as const), lsn: fc.integer({ min: 1, max: 1e9 }).map(lsn) }),
);

const message: fc.Arbitrary<PeerMessage> = fc.oneof(
  fc.record({
    type: fc.constant('vote-request' as const),
    phase: fc.constantFrom('pre-vote' as const, 'vote' as const),
    term: number.map(term),
    last: position,
  }),
  fc.record({
    type: fc.constant('vote-reply' as const),
    phase: fc.constantFrom('pre-vote' as const, 'vote' as const),
    term: number.map(term),
    forTerm: number.map(term),
    granted: fc.boolean(),
    reason: fc.constantFrom('granted' as const, 'stale-log' as const),
    last: position,
  }),
  fc
    .tuple(position, fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), number)
    .map(([prev, values, committed]) => ({
      type: 'append' as const,
      term: term(prev.term + 1),
      prev,
      committedLsn: lsn(committed),
      entries: entriesAfter(
        prev,
        values.map((value) => value.toWellFormed()),
      ),
    })),
  fc.record({
    type: fc.constant('append-accepted' as const),
    term: number.map(term),
    matchedLsn: number.map(lsn),
    durableLsn: number.map(lsn),
    counts: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('append-refused' as const),
    term: number.map(term),
    last: position,
    lineage: fc.constant([
      { term: term(1), firstLsn: lsn(1) },
      { term: term(4), firstLsn: lsn(9) },
    ]),
  }),
  fc.record({
    type: fc.constant('heartbeat' as const),
    term: number.map(term),
    round: number,
    atMs: fc.double({ min: 0, max: 1e9, noNaN: true }).map((at) => at || 0),
    sentLsn: number.map(lsn),
    committedLsn: number.map(lsn),
    rejoin: fc.option(fc.record({ nonce: number, upTo: number.map(lsn) })),
  }),
  fc.record({
    type: fc.constant('snapshot-reply' as const),
    term: number.map(term),
    transfer: number,
    next: number,
  }),
  fc.tuple(position, number, fc.boolean(), fc.array(piece)).map(([at, index, last, pieces]) => ({
    type: 'snapshot' as const,
    term: term(at.term + 1),
    position: at,
    transfer: index + 1,
    index,
    last,
    pieces: pieces.map(sealPiece),
  })),
  fc.record({
    type: fc.constant('heartbeat-reply' as const),
    term: number.map(term),
    round: number,
    atMs: fc.constant(12.25),
    sentLsn: number.map(lsn),
    matchedLsn: number.map(lsn),
    durableLsn: number.map(lsn),
    lastLsn: number.map(lsn),
    counts: fc.boolean(),
    rejoin: fc.option(fc.record({ nonce: number, barred: fc.boolean() })),
  }),
);

function decode(text: string): unknown[] {
  const decoder = new PeerDecoder();
  return text.split('\n').map((line) => decoder.take(line));
}

test('every message comes back as it went, one after the other', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), (messages) => {
      const taken = decode(messages.map(encodePeerMessage).join('\n'));
      expect(taken.map((each) => (each as { message: unknown }).message).filter((each) => each !== null)).toEqual(
        messages,
      );
    }),
  );
});

describe('refused', () => {
  const prev = { term: term(2), lsn: lsn(7) };
  const append: PeerMessage = {
    type: 'append',
    term: term(3),
    prev,
    committedLsn: lsn(5),
    entries: entriesAfter(prev, ['a', 'b']),
  };
  const [header = '', first = '', second = ''] = encodePeerMessage(append).split('\n');

  test.each<[string, readonly string[], RegExp]>([
    ['no JSON', ['GET / HTTP/1.1'], /not a JSON object/],
    ['an unknown type', ['{"type":"gossip","term":1}'], /unknown message type "gossip"/],
    ['a missing field', ['{"type":"append-accepted","term":1,"matchedLsn":4}'], /durableLsn is missing/],
    ['a term below 0', ['{"type":"append-accepted","term":-1,"matchedLsn":4,"durableLsn":4}'], /term must be/],
    ['half a number', ['{"type":"append-accepted","term":1.5,"matchedLsn":4,"durableLsn":4}'], /term must be/],
    ['a bare LSN for a position', [header.replace('"2:7"', '7')], /prev must be a position/],
    ['more entries than anyone sends', [header.replace('"count":2', '"count":99999')], /count must be/],
    ['an entry with a flipped character', [header, first.replace('"a"', '"A"')], /damaged/],
    ['another message among the entries', [header, header], /damaged or no entry/],
    ['entries in the wrong order', [header, second], /cannot follow 2:7/],
    ['an entry of a later term than its leader', [header.replace('"term":3', '"term":2'), first], /cannot follow/],
    [
      'a lineage that does not rise',
      ['{"type":"append-refused","term":3,"last":"2:7","lineage":[[2,1],[2,5]]}'],
      /pairs that rise/,
    ],
    ['a lineage of other things', ['{"type":"append-refused","term":3,"last":"2:7","lineage":{"length":3}}'], /a list/],
  ])('%s', (_, lines, reason) => {
    const decoder = new PeerDecoder();
    const taken = lines.map((line) => decoder.take(line)).at(-1);
    expect(taken).toEqual({ invalid: expect.stringMatching(reason) });
  });

  test('unknown fields are ignored, however they are called', () => {
    const line =
      '{"type":"append-accepted","term":1,"matchedLsn":4,"durableLsn":3,"counts":true,"__proto__":{"term":9},"more":1}';
    expect(new PeerDecoder().take(line)).toEqual({
      message: { type: 'append-accepted', term: 1, matchedLsn: 4, durableLsn: 3, counts: true },
    });
  });
});
