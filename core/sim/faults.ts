/** Everything that can go wrong, by name, and what it is in words. */
export const FAULTS = {
  drop: 'messages are lost',
  duplicate: 'messages come twice',
  late: 'messages come late, and out of order',
  lag: 'a link is slow for a while',
  cut: 'a link is cut, one way',
  split: 'the cluster is split in two, or the leader cut off',
  close: 'a connection dies with all that was on it',
  kill: 'a process dies',
  stop: 'a process is stopped in good order',
  pause: 'a process is paused',
  'power-cut': 'a machine loses its power, and what was not fsynced',
  blackout: 'all machines lose their power at once',
  'slow-disk': 'fsyncs take long for a while',
  'fsync-error': 'an fsync fails',
  'disk-full': 'there is no room on a disk for a while',
  rot: 'what was durable is damaged',
  drift: 'clocks run fast and slow',
  jump: 'a clock jumps ahead',
  retime: 'the tempo is changed',
  'router-lag': 'what replicas tell the router comes late for a while',
  'router-close': 'the connection between the router and a replica dies',
  'router-restart': 'the router dies, and another takes its place',
} as const;
export type Fault = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];

/** How hard each fault is: from 0, it never happens, to 1. */
export type Hardness = Readonly<Record<Fault, number>>;
