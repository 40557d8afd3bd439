import type { Rect } from './layout.ts';
import { fitRow, rowWidth } from './row.ts';
import { plain, type Row, toned } from './span.ts';

export interface Frame {
  readonly rect: Rect;
  readonly title: Row;
  readonly aside: Row;
  readonly rows: readonly Row[];
  readonly focused: boolean;
  /** Whether there are lines on all sides; else there is only the title above. */
  readonly framed: boolean;
}

/** The room inside a frame. */
export function inside({ x, y, width, height }: Rect, framed: boolean): Rect {
  if (!framed) return { x: x + 1, y: y + 1, width: width - 2, height: height - 1 };
  return { x: x + 2, y: y + 1, width: width - 4, height: height - 2 };
}

/**
 * Rows with a title above them and, if framed, lines around them: as many as the frame is high, as wide as it is. The
 * line beside the title is heavy where the focus is: it is not told by colour alone.
 */
export function frame({ rect, title, aside, rows, focused, framed }: Frame): Row[] {
  const tone = focused ? 'focus' : 'frame';
  const line = (text: string) => toned(tone, text);
  const room = inside(rect, framed);
  const side = framed ? [line('│'), plain(' ')] : [plain(' ')];
  const otherSide = framed ? [plain(' '), line('│')] : [plain(' ')];
  const rule = focused ? '━' : '─';
  const corners = framed ? (['╭', '╮'] as const) : ([rule, rule] as const);
  const top = titleRow(rect.width, title, aside, { corners, rule, line });
  const body = Array.from({ length: room.height }, (_, i) => [
    ...side,
    ...fitRow(rows[i] ?? [], room.width),
    ...otherSide,
  ]);
  const bottom = framed ? [[line(`╰${'─'.repeat(rect.width - 2)}╯`)]] : [];
  return [top, ...body, ...bottom];
}

interface Rule {
  readonly corners: readonly [string, string];
  readonly rule: string;
  readonly line: (text: string) => Row[number];
}

function titleRow(width: number, title: Row, aside: Row, { corners: [left, right], rule, line }: Rule): Row {
  const room = width - 4;
  const beside =
    aside.length === 0 || rowWidth(title) + rowWidth(aside) + 5 > room ? [] : [plain(' '), ...aside, plain(' ')];
  const name = fitRow(title, Math.min(rowWidth(title), room - 3));
  const between = Math.max(0, room - rowWidth(name) - 2 - rowWidth(beside));
  return [
    line(left + rule),
    plain(' '),
    ...name,
    plain(' '),
    line(rule.repeat(between)),
    ...beside,
    line(rule + right),
  ];
}
