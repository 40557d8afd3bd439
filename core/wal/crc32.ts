/**
 * CRC-32 as zlib computes it (reflected polynomial 0xEDB88320), of `text` taken as UTF-8: an unsigned 32-bit number.
 * It reads the string itself, so a line is checked without first being copied into bytes. A lone surrogate counts as
 * U+FFFD, which is what every encoder would write in its place. `length`: of so much of its beginning, in UTF-16 units.
 */
export function crc32(text: string, length = text.length): number {
  let crc = -1;
  let i = 0;
  while (i < length) {
    // Four ASCII characters at a stride ("slicing by four"): nearly all of a log.
    while (i + 4 <= length) {
      const a = text.charCodeAt(i);
      const b = text.charCodeAt(i + 1);
      const c = text.charCodeAt(i + 2);
      const d = text.charCodeAt(i + 3);
      if ((a | b | c | d) > 0x7f) break;
      crc = four(crc ^ (a | (b << 8) | (c << 16) | (d << 24)));
      i += 4;
    }
    if (i === length) break;
    const unit = text.charCodeAt(i);
    if (unit <= 0x7f) {
      crc = one(crc, unit);
    } else if (unit <= 0x7ff) {
      crc = one(one(crc, 0xc0 | (unit >> 6)), 0x80 | (unit & 0x3f));
    } else {
      const point = codePoint(text, i);
      if (point > 0xffff) {
        crc = one(one(crc, 0xf0 | (point >> 18)), 0x80 | ((point >> 12) & 0x3f));
        i++;
      } else {
        crc = one(crc, 0xe0 | (point >> 12));
      }
      crc = one(one(crc, 0x80 | ((point >> 6) & 0x3f)), 0x80 | (point & 0x3f));
    }
    i++;
  }
  return ~crc >>> 0;
}

/** The same of `bytes` from `from` to `to`, which takes half as long where they are at hand. */
export function crc32Of(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  let i = from;
  // Eight at a stride.
  for (; i + 8 <= to; i += 8) {
    const mixed = crc ^ fourAt(bytes, i);
    crc =
      (TABLE[1792 + (mixed & 0xff)] as number) ^
      (TABLE[1536 + ((mixed >>> 8) & 0xff)] as number) ^
      (TABLE[1280 + ((mixed >>> 16) & 0xff)] as number) ^
      (TABLE[1024 + (mixed >>> 24)] as number) ^
      four(fourAt(bytes, i + 4));
  }
  for (; i < to; i++) crc = one(crc, bytes[i] as number);
  return ~crc >>> 0;
}

/** How many bytes `text` is in UTF-8. A lone surrogate counts as U+FFFD: three. */
export function utf8Bytes(text: string): number {
  const length = text.length;
  if (length > COUNTED_LENGTH_MAX) return encodedBytes(text);
  let bytes = length;
  for (let i = asciiBefore(text); i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit <= 0x7f) continue;
    if (unit <= 0x7ff) {
      bytes += 1;
    } else {
      bytes += 2;
      // Two units make four bytes, not three each.
      if (isPair(unit, text.charCodeAt(i + 1))) i++;
    }
  }
  return bytes;
}

/** By encoding it, a part at a time: of long text that takes a sixtieth of the time. */
function encodedBytes(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; ) {
    const { read, written } = encoder.encodeInto(at === 0 ? text : text.slice(at), ENCODED);
    at += read;
    bytes += written;
  }
  return bytes;
}

const encoder = new TextEncoder();
/** Holds a part. */
const ENCODED = new Uint8Array(16 * 1024);
const COUNTED_LENGTH_MAX = 256;

/** Eight tables: the effect of a byte on the CRC when zero to seven more bytes follow it. */
const TABLE = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  TABLE[byte] = crc;
}
for (let i = 256; i < TABLE.length; i++) {
  const before = TABLE[i - 256] as number;
  TABLE[i] = (before >>> 8) ^ (TABLE[before & 0xff] as number);
}

const one = (crc: number, byte: number): number => (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number);

const four = (mixed: number): number =>
  (TABLE[768 + (mixed & 0xff)] as number) ^
  (TABLE[512 + ((mixed >>> 8) & 0xff)] as number) ^
  (TABLE[256 + ((mixed >>> 16) & 0xff)] as number) ^
  (TABLE[mixed >>> 24] as number);

/** Four bytes as a number, the first of them the lowest. */
const fourAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);

/** How much of the beginning is ASCII for certain: nearly always all but the last few characters. */
function asciiBefore(text: string): number {
  let i = 0;
  while (i + 4 <= text.length) {
    const all = text.charCodeAt(i) | text.charCodeAt(i + 1) | text.charCodeAt(i + 2) | text.charCodeAt(i + 3);
    if (all > 0x7f) break;
    i += 4;
  }
  return i;
}

/** NaN, past the end of the string, is no low surrogate. */
const isPair = (high: number, low: number): boolean => (high & 0xfc00) === 0xd800 && (low & 0xfc00) === 0xdc00;

/** The code point at `i`, whose unit is above U+07FF. */
function codePoint(text: string, i: number): number {
  const unit = text.charCodeAt(i);
  if ((unit & 0xf800) !== 0xd800) return unit;
  const low = text.charCodeAt(i + 1);
  return isPair(unit, low) ? 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff) : 0xfffd;
}
