import type { Client } from '../core/cluster/client.ts';
import type { openDashboard } from '../views/open.tsx';
import { type Address, formatAddress } from './address.ts';

type OpenDashboard = typeof openDashboard;

/** Loads the dashboard with its libraries, and settles first what they look at only as they are loaded. */
export async function loadDashboard(noColor: boolean): Promise<OpenDashboard> {
  // React's development build is slower, and keeps performance entries without bound.
  process.env.NODE_ENV ||= 'production';
  // Ink does not know NO_COLOR.
  if (noColor) process.env.FORCE_COLOR = '0';
  const views = await import('../views/open.tsx');
  return views.openDashboard;
}

/** Shows the dashboard until the user quits or `over` settles; the terminal is given back before this settles. */
export async function showDashboard<End>(
  open: OpenDashboard,
  client: Client,
  { address, noColor }: { readonly address: Address; readonly noColor: boolean },
  over: Promise<End>,
): Promise<End | 'quit' | 'SIGINT'> {
  const closing = new AbortController();
  const shown = open(client, { title: formatAddress(address), noColor, signal: closing.signal });
  try {
    const left = shown.then((end) => (end === 'interrupted' ? 'SIGINT' : 'quit'));
    return await Promise.race([left, over]);
  } finally {
    closing.abort();
    await shown;
  }
}
