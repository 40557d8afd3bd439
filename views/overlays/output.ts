import { bold, plain, quiet, type Row, toned } from '../span.ts';
import type { Overlay } from '../state.ts';
import type { OverlayPicture } from './overlay.ts';

/** A command line and the end of its output; scrolled back, an earlier part of it. */
export function outputRows(
  { line, lines, exit, scrolled }: Extract<Overlay, { type: 'output' }>,
  _width: number,
  height: number,
): OverlayPicture {
  const back = Math.min(scrolled, Math.max(0, lines.length - height));
  const end = lines.length - back;
  const shown = lines.slice(Math.max(0, end - height), end).map((text) => [plain(text)]);
  return {
    title: [quiet(': '), bold(line)],
    aside: [...(back > 0 ? [quiet(`${back} more below · `)] : []), ...ending(exit)],
    rows: shown.length > 0 ? shown : [[quiet(exit === null ? '…' : 'it said nothing')]],
  };
}

function ending(exit: number | null): Row {
  if (exit === null) return [toned('warn', 'running: Esc stops it')];
  return [exit === 0 ? toned('good', '✓') : toned('bad', `✗ exit ${exit}`), quiet(' · Esc closes')];
}
