// Runs on any Node: no imports, no new syntax.

/** What to say to a Node that is too old for lockstep, or nothing if it is fit. `version` as in `process.versions.node`. */
export function complaintAboutNode(version: string): string | undefined {
  const parts = version.split('.');
  const major = Number(parts[0]);
  const minor = Number(parts[1]);
  if (major > 22 || (major === 22 && minor >= 12)) return undefined;
  return `lockstep: needs Node.js 22.12 or newer, and this is ${version}`;
}
