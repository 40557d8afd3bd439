/** Sixty-four bits over everything that happened in a run: two runs with the same digest were the same run. */
export class Digest {
  #high = 0x6a09e667;
  #low = 0xbb67ae85 | 0;

  mix(value: number): void {
    const whole = Math.trunc(value * 1024);
    const bits = (whole | 0) ^ Math.imul((whole / 4294967296) | 0, 0x27d4eb2f);
    const high = Math.imul(this.#high ^ bits, 0x9e3779b1);
    const low = Math.imul(this.#low + bits, 0x85ebca6b);
    this.#high = high ^ (high >>> 15) ^ this.#low;
    this.#low = low ^ (low >>> 13);
  }

  mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.mix(text.charCodeAt(i));
  }

  /** Sixteen hex digits. */
  toString(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
