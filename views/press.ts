import { readLast, switchMode, switchTempo, toggleLoad, writeBurst, writeNext } from './asks.ts';
import { changeProcess, heal, killLeader, toggleCut, toggleDelay, undo } from './breaks.ts';
import { back, focusNext, focusOn, freeze, move, open, point, select } from './moves.ts';
import { ask } from './prompt.ts';
import { type Command, type Dashboard, only, type Step } from './state.ts';

/** What a command does: how the dashboard looks at once, and what is to be done. */
export function press(dashboard: Dashboard, command: Command): Step {
  // What runs would go on behind it, and nobody could stop it.
  const covers = command.type === 'help' || command.type === 'ask';
  if (covers && isRunning(dashboard)) return only({ ...dashboard, notice: STOP_FIRST });
  switch (command.type) {
    case 'write':
      return writeNext(dashboard);
    case 'burst':
      return writeBurst(dashboard);
    case 'load':
      return toggleLoad(dashboard);
    case 'read':
      return readLast(dashboard, command.level);
    case 'ask':
      return only(ask(dashboard, command.what));
    case 'next-mode':
      return switchMode(dashboard);
    case 'kill-leader':
      return killLeader(dashboard);
    case 'process':
      return changeProcess(dashboard, command.action);
    case 'cut':
      return toggleCut(dashboard);
    case 'delay':
      return toggleDelay(dashboard);
    case 'heal':
      return heal(dashboard);
    case 'undo':
      return undo(dashboard);
    case 'tempo':
      return switchTempo(dashboard, command.by);
    case 'select':
      return only(select(dashboard, command.digit));
    case 'move':
      return only(move(dashboard, command.direction));
    case 'open':
      return open(dashboard);
    case 'focus':
      return only(focusNext(dashboard, command.by));
    case 'focus-on':
      return only(focusOn(dashboard, command.panel));
    case 'point':
      return only(point(dashboard, command.replica, command.lsn));
    case 'zoom':
      return only({ ...dashboard, zoomed: !dashboard.zoomed });
    case 'freeze':
      return only(freeze(dashboard));
    case 'help':
      return only({
        ...dashboard,
        overlay: dashboard.overlay?.type === 'help' ? null : { type: 'help', topic: 0, scrolled: 0 },
      });
    case 'back':
      return back(dashboard);
    case 'mouse': {
      const mouse = !dashboard.mouse;
      const text = mouse ? 'the mouse selects; M gives it back to the terminal' : 'the mouse is the terminal’s again';
      return {
        dashboard: { ...dashboard, mouse, notice: { tone: 'good', text } },
        effects: [{ type: 'mouse', on: mouse }],
      };
    }
    case 'suspend':
      return { dashboard, effects: [{ type: 'suspend' }] };
    case 'quit':
      return { dashboard, effects: [{ type: 'quit', end: command.end }] };
    default:
      throw new Error(`no such command: ${JSON.stringify(command satisfies never)}`);
  }
}

const isRunning = ({ overlay }: Dashboard): boolean => overlay?.type === 'output' && overlay.exit === null;
const STOP_FIRST = { tone: 'bad', text: 'a command runs: Esc stops it' } as const;
