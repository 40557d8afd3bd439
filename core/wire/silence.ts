import type { Socket } from 'node:net';
import { writeLine } from './lines.ts';

/*
 * A connection to another host can die and neither side be told: its cable is pulled, its host is gone, a firewall has
 * forgotten it. TCP finds out after many minutes, and only if it has something to send. So one side says something all
 * the time, and the other gives up what says nothing.
 */

/** Whoever is watched says something at least this often, in ms. */
export const ALIVE_MS = 500;
/** Silent for so many times as long, a connection is dead. */
const SILENT_BEATS = 6;
/** Who does not take in even these has as many bytes waiting as it will get. */
const WAITING_BYTES_MAX = 64 * 1024;
const ALIVE = JSON.stringify({ type: 'alive' });

/** Says all the time, until it is closed, that this side is there. */
export function sayAlive(socket: Socket): void {
  const timer = setInterval(() => {
    if (socket.writableLength < WAITING_BYTES_MAX) writeLine(socket, ALIVE);
  }, ALIVE_MS);
  socket.once('close', () => clearInterval(timer));
}

/**
 * Destroys the connection once nothing has come on it for a while. What counts is how often it was looked at: a process
 * that was stopped itself looks once, and then reads what has come meanwhile.
 */
export function endWhenSilent(socket: Socket): void {
  let read = socket.bytesRead;
  let beats = 0;
  const timer = setInterval(() => {
    beats = socket.bytesRead === read ? beats + 1 : 0;
    read = socket.bytesRead;
    if (beats >= SILENT_BEATS) socket.destroy(new Error(`nothing came for ${(beats * ALIVE_MS) / 1000} s`));
  }, ALIVE_MS);
  socket.once('close', () => clearInterval(timer));
}
