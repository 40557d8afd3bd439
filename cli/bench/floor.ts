import { once } from 'node:events';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Latencies } from './latencies.ts';

/** What this machine takes for what no write can do without, in ms. */
export interface Floor {
  /** A small append to a file on the disk of the logs, and `fdatasync`. */
  readonly fdatasyncMs: Quantiles;
  /** A line over a loopback connection and back, between two sockets of one process. */
  readonly roundTripMs: Quantiles;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

const APPENDS = 200;
const APPEND_BYTES = 200;
const TRIPS = 2000;
/** The first of them, while everything gets going, do not count. */
const WARM_UP = 20;

/** @param folder on the disk that the logs are on. */
export async function measureFloor(folder: string): Promise<Floor> {
  return { fdatasyncMs: measureDisk(join(folder, 'floor')), roundTripMs: await measureLoopback() };
}

function measureDisk(path: string): Quantiles {
  const latencies = new Latencies();
  const line = Buffer.alloc(APPEND_BYTES, 'x');
  const file = openSync(path, 'a', 0o600);
  try {
    for (let n = 0; n < APPENDS + WARM_UP; n++) {
      const startMs = performance.now();
      writeSync(file, line);
      fdatasyncSync(file);
      if (n >= WARM_UP) latencies.add((performance.now() - startMs) * 1000);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  return quantilesOf(latencies);
}

async function measureLoopback(): Promise<Quantiles> {
  const latencies = new Latencies();
  const server = createServer({ noDelay: true }, (socket) => socket.on('data', (chunk) => socket.write(chunk)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const line = Buffer.alloc(APPEND_BYTES, 'x');
  for (let n = 0; n < TRIPS + WARM_UP; n++) {
    const startMs = performance.now();
    socket.write(line);
    await once(socket, 'data');
    if (n >= WARM_UP) latencies.add((performance.now() - startMs) * 1000);
  }
  socket.destroy();
  server.close();
  return quantilesOf(latencies);
}

const quantilesOf = (latencies: Latencies): Quantiles => ({
  p50: latencies.percentile(50),
  p99: latencies.percentile(99),
});
