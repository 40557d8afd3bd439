/** A source of random numbers that is handed in, so that a run can be replayed from its seed. */
export interface Random {
  /** A number in [low, high). */
  between(low: number, high: number): number;
}

/** Mulberry32: 32 bits of state, good enough to spread timeouts, and the same on every machine. */
export function seededRandom(seed: number): Random {
  // Signed, which engines keep without a box.
  let state = seed | 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return { between: (low, high) => low + unit() * (high - low) };
}
