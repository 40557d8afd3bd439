import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type ClusterFile, parseClusterFile } from '../core/cluster/cluster-file.ts';
import type { Context } from './context.ts';
import { EXIT, Failure, UsageError } from './failure.ts';
import { complain } from './io.ts';

/** The cluster that a file describes; the path of its secret is made absolute. */
export function loadClusterFile(context: Context, path: string, json: boolean): ClusterFile {
  // commander takes what follows for the file's name, be it the next option.
  if (path === '' || path.startsWith('-'))
    throw new UsageError(`--cluster must be a file, not ${JSON.stringify(path)}`);
  const parsed = parseClusterFile(readText(path));
  if ('file' in parsed) {
    const { secretFile } = parsed.file;
    return { ...parsed.file, secretFile: resolve(dirname(path), secretFile) };
  }
  const lines = parsed.mistakes.map((mistake) => `${path}: ${mistake}`);
  // A line for each; an error is one object.
  if (!json) for (const line of lines.slice(0, -1)) complain(context.io, line);
  throw wrongFile(json ? lines.join('; ') : (lines.at(-1) ?? path));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw wrongFile(`the cluster file cannot be read: ${(error as Error).message}`, error);
  }
}

const wrongFile = (message: string, cause?: unknown): Failure =>
  new Failure(message, { exit: EXIT.usage, code: 'cluster-file', ...(cause !== undefined && { cause }) });
