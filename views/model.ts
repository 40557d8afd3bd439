import { answered } from './answers.ts';
import { sample } from './charts/history.ts';
import { actsOnCluster, commandOf } from './keymap.ts';
import { fits } from './layout.ts';
import { observe, withLedger } from './observe.ts';
import { overlayRoom } from './overlays/overlay.ts';
import { press } from './press.ts';
import { answerWith, completeWith, pasteInto } from './prompt.ts';
import { type Action, actual, type Dashboard, learn, OUTPUT_KEPT, only, type Step } from './state.ts';

/** The whole behaviour of the dashboard. What does not change anything returns the very same dashboard. */
export function step(dashboard: Dashboard, action: Action): Step {
  switch (action.type) {
    case 'change':
      return observe(dashboard, action.change);
    case 'key': {
      if (dashboard.prompt !== null) return answerWith(dashboard, dashboard.prompt, action.key);
      if (actsOnCluster(action.key)) {
        // Who reads and presses k to read on must not kill a leader, nor who sees nothing of the cluster.
        if (dashboard.overlay !== null || !fits(dashboard.size)) return only(dashboard);
        if (isCutOff(dashboard)) return only({ ...dashboard, notice: NOT_CONNECTED });
      }
      const command = commandOf(action.key);
      return command === null ? only(dashboard) : press(dashboard, command);
    }
    case 'paste':
      // Pasted text is not typed: taken as keys, a paragraph would kill leaders.
      return only(dashboard.prompt === null ? dashboard : pasteInto(dashboard, dashboard.prompt, action.text));
    case 'resized':
      return only({ ...dashboard, size: action.size });
    case 'command':
      return press(dashboard, action.command);
    case 'second':
      return only(learn(ageNotice(dashboard), passSecond));
    case 'completed':
      return only(
        dashboard.prompt === null ? dashboard : completeWith(dashboard, dashboard.prompt, action.completions),
      );
    case 'output':
      return only(print(dashboard, action.line));
    case 'ended':
      return only(end(dashboard, action.exit));
    case 'write-answered': {
      const next = answered(dashboard, action);
      if (next.tokenReadDue === null || actual(next).write?.answer === null) return only(next);
      return press({ ...next, tokenReadDue: null }, { type: 'read', level: 'token' });
    }
    case 'ledger-answered': {
      const next = answered(dashboard, action);
      // More may have been written while it was fetched.
      return action.writes === null ? only(next) : withLedger(next);
    }
    case 'load-answered':
    case 'read-answered':
    case 'control-answered':
    case 'entry-answered':
      return only(answered(dashboard, action));
    default:
      throw new Error(`no such action: ${JSON.stringify(action satisfies never)}`);
  }
}

/** Whether the cluster is out of reach that was there before. What is asked then goes nowhere. */
const isCutOff = (dashboard: Dashboard): boolean =>
  actual(dashboard).snapshot !== null && !actual(dashboard).connection.connected;

const NOT_CONNECTED = { tone: 'bad', text: 'not connected: nothing was sent' } as const;

function passSecond(seen: Dashboard['seen']): Dashboard['seen'] {
  // What the cluster does out of sight is not known.
  if (seen.snapshot === null || !seen.connection.connected) return seen;
  const history = sample(seen.history, seen.snapshot);
  return history === seen.history ? seen : { ...seen, history };
}

/** Good news is read within some seconds; bad news stays until the next key. */
function ageNotice(dashboard: Dashboard): Dashboard {
  const { notice } = dashboard;
  if (notice?.tone !== 'good') return dashboard;
  const seconds = notice.seconds ?? 0;
  return { ...dashboard, notice: seconds >= NOTICE_SECONDS ? null : { ...notice, seconds: seconds + 1 } };
}

const NOTICE_SECONDS = 4;

function print(dashboard: Dashboard, line: string): Dashboard {
  const { overlay } = dashboard;
  if (overlay?.type !== 'output') return dashboard;
  return { ...dashboard, overlay: { ...overlay, lines: [...overlay.lines, line].slice(-OUTPUT_KEPT) } };
}

function end(dashboard: Dashboard, exit: number): Dashboard {
  const { overlay } = dashboard;
  if (overlay?.type !== 'output') return dashboard;
  // What has ended is read from its beginning.
  const scrolled = Math.max(0, overlay.lines.length - overlayRoom(dashboard.size).rows);
  return { ...dashboard, overlay: { ...overlay, exit, scrolled } };
}
