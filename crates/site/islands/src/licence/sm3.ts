// SM3 (GB/T 32905-2016), which no browser brings along.
import { type Bytes } from './bytes';

const START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];

const left = (word: number, by: number): number => (by % 32 === 0 ? word : (word << by % 32) | (word >>> (32 - (by % 32))));
const p0 = (x: number): number => x ^ left(x, 9) ^ left(x, 17);
const p1 = (x: number): number => x ^ left(x, 15) ^ left(x, 23);

export function sm3(message: Bytes): Bytes {
  const blocks = Math.ceil((message.length + 9) / 64);
  const padded = new Uint8Array(blocks * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(padded.length - 4, (message.length << 3) >>> 0);
  const state = Int32Array.from(START, (word) => word | 0);
  for (let block = 0; block < blocks; block += 1) compress(state, view, block * 64);
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => out.setInt32(i * 4, word));
  return new Uint8Array(out.buffer);
}

function expanded(view: DataView, at: number): Int32Array {
  const w = new Int32Array(68);
  for (let j = 0; j < 16; j += 1) w[j] = view.getInt32(at + j * 4);
  for (let j = 16; j < 68; j += 1) {
    w[j] = p1(w[j - 16]! ^ w[j - 9]! ^ left(w[j - 3]!, 15)) ^ left(w[j - 13]!, 7) ^ w[j - 6]!;
  }
  return w;
}

function compress(state: Int32Array, view: DataView, at: number): void {
  const w = expanded(view, at);
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let j = 0; j < 64; j += 1) {
    const early = j < 16;
    const t = early ? 0x79cc4519 : 0x7a879d8a;
    const ss1 = left((left(a, 12) + e + left(t, j)) | 0, 7);
    const ff = early ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = early ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = (ff + d + (ss1 ^ left(a, 12)) + (w[j]! ^ w[j + 4]!)) | 0;
    const tt2 = (gg + h + ss1 + w[j]!) | 0;
    [d, c, b, a] = [c, left(b, 9), a, tt1];
    [h, g, f, e] = [g, left(f, 19), e, p0(tt2)];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = state[i]! ^ word));
}
