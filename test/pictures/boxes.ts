export interface Point {
  readonly x: number;
  readonly y: number;
}

/** An area, in px. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/**
 * One path of all boxes. Those that touch are made one: it is shorter, and an edge between two would shine through
 * where a picture is scaled.
 */
export function pathOf(boxes: readonly Box[]): string {
  return merged(boxes)
    .map(({ x, y, width, height }) => `M${px(x)} ${px(y)}h${px(width)}v${px(height)}h${px(-width)}z`)
    .join('');
}

/** One path of all dots, for a pen that is round: lines of no length, each row from left to right. */
export function dotsPath(dots: readonly Point[]): string {
  let last: Point | undefined;
  return [...dots]
    .sort((a, b) => a.y - b.y || a.x - b.x)
    .map((dot) => {
      const move = last?.y === dot.y ? `m${dot.x - last.x} 0h0` : `M${dot.x} ${dot.y}h0`;
      last = dot;
      return move;
    })
    .join('');
}

/** First side by side, then one above the other. */
export function merged(boxes: readonly Box[]): Box[] {
  const rows = join(
    [...boxes].sort((a, b) => a.y - b.y || a.height - b.height || a.x - b.x),
    (box, next) =>
      box.y === next.y && box.height === next.height && next.x <= box.x + box.width
        ? { ...box, width: Math.max(box.width, next.x + next.width - box.x) }
        : null,
  );
  return join(
    rows.sort((a, b) => a.x - b.x || a.width - b.width || a.y - b.y),
    (box, next) =>
      box.x === next.x && box.width === next.width && next.y <= box.y + box.height
        ? { ...box, height: Math.max(box.height, next.y + next.height - box.y) }
        : null,
  );
}

/** Replaces each box and the one behind it by what `joined` makes of the two, if anything. */
function join(boxes: readonly Box[], joined: (box: Box, next: Box) => Box | null): Box[] {
  const found: Box[] = [];
  for (const next of boxes) {
    const last = found.at(-1);
    const both = last === undefined ? null : joined(last, next);
    if (both === null) found.push(next);
    else found[found.length - 1] = both;
  }
  return found;
}

/** A number as short as it can be: 1/100 px is finer than is seen. */
export const px = (value: number): string => `${Math.round(value * 100) / 100}`;
