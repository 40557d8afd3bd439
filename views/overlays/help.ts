import { KEYMAP } from '../keymap.ts';
import type { Topic } from '../keys/binding.ts';
import { wrapRow } from '../row.ts';
import { bold, plain, quiet, type Row } from '../span.ts';
import type { Overlay } from '../state.ts';
import { padTo } from '../width.ts';
import { GLOSSARY } from './glossary.ts';
import { LEGEND } from './legend.ts';
import type { OverlayPicture } from './overlay.ts';

/** One topic of the help; Tab goes on to the next. */
export function helpRows(
  { topic, scrolled }: Extract<Overlay, { type: 'help' }>,
  width: number,
  height: number,
): OverlayPicture {
  const at = topicAt(topic);
  const rows = topicRows(topic, width);
  const room = height - TAB_ROWS;
  const from = Math.min(scrolled, helpScrollMax(topic, width, height));
  const below = rows.length - room - from;
  return {
    title: [bold('help', 'focus')],
    aside: [quiet(below > 0 ? `${below} more below: ↓ · Esc closes` : 'Esc closes')],
    rows: [...tabRows(at), ...rows.slice(from, from + room)],
  };
}

/** How far a topic can be scrolled, in rows. */
export const helpScrollMax = (topic: number, width: number, height: number): number =>
  Math.max(0, topicRows(topic, width).length + TAB_ROWS - height);

interface HelpTopic {
  readonly name: string;
  readonly rows: (width: number) => Row[];
}

const TOPICS: readonly HelpTopic[] = [
  { name: 'keys', rows: (width) => [...keyRows(['write', 'read'], width), ...keyRows(['break', 'mend'], width)] },
  { name: 'looking', rows: (width) => keyRows(['look', 'leave'], width) },
  { name: 'signs', rows: (width) => termRows(LEGEND, width) },
  { name: 'glossary', rows: (width) => termRows(GLOSSARY, width) },
];

const TAB_ROWS = 2;

/** Before the first topic is the last one, and behind the last one the first. */
const topicAt = (topic: number): number => ((topic % TOPICS.length) + TOPICS.length) % TOPICS.length;
const topicRows = (topic: number, width: number): Row[] => TOPICS[topicAt(topic)]?.rows(width) ?? [];

const tabRows = (at: number): Row[] => [
  [
    ...TOPICS.map(({ name }, i) => (i === at ? bold(`▸ ${name} `, 'key') : quiet(`  ${name} `))),
    quiet('  Tab: next topic'),
  ],
  [],
];

const TOPIC_NAMES: Readonly<Record<Topic, string>> = {
  write: 'write',
  read: 'read',
  break: 'break things',
  mend: 'mend them, and the tempo',
  look: 'look around',
  leave: 'help, and leaving',
};

const LABEL_WIDTH = 12;

const keyRows = (topics: readonly Topic[], width: number): Row[] =>
  topics.flatMap((topic) => [
    [bold(TOPIC_NAMES[topic])],
    ...KEYMAP.filter((binding) => binding.topic === topic).flatMap(({ label, help }) =>
      wrapRow([bold(padTo(`  ${label}`, LABEL_WIDTH), 'key'), plain(help)], width, LABEL_WIDTH),
    ),
    [],
  ]);

const TERM_WIDTH = 15;

const termRows = (terms: readonly (readonly [string, string])[], width: number): Row[] =>
  terms.flatMap(([name, words]) => wrapRow([bold(padTo(name, TERM_WIDTH), 'key'), plain(words)], width, TERM_WIDTH));
