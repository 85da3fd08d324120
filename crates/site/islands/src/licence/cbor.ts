// The corner of CBOR (RFC 8949, section 4.2.1) that compact documents use: one map, its keys whole numbers in ascending
// order, every number in its shortest form. What has a second spelling is refused.
import { type Bytes, fromUtf8, refuse } from './bytes';

const WHOLE = 0;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const MAP = 5;

export class Fields {
  private at = 0;
  private left: number;
  private next: number | undefined;

  constructor(private readonly all: Bytes) {
    this.left = this.head(MAP);
    this.advance(-1);
  }

  required<T>(key: number, read: (fields: Fields) => T): T {
    const value = this.optional(key, read);
    return value === undefined ? refuse('missing_field') : value;
  }

  optional<T>(key: number, read: (fields: Fields) => T): T | undefined {
    if (this.next === undefined || this.next > key) return undefined;
    if (this.next < key) refuse('unknown_field');
    const value = read(this);
    this.advance(key);
    return value;
  }

  end(): void {
    if (this.next !== undefined) refuse('unknown_field');
    if (this.at !== this.all.length) refuse('trailing_bytes');
  }

  whole = (): number => this.head(WHOLE);

  // A whole number that fits 32 bits.
  small = (): number => {
    const value = this.head(WHOLE);
    return value > 0xffffffff ? refuse('unexpected_byte') : value;
  };

  bytes = (): Bytes => this.take(this.head(BYTES));

  exactly = (count: number): Bytes => {
    const bytes = this.bytes();
    return bytes.length === count ? bytes : refuse('unexpected_byte');
  };

  text = (): string => fromUtf8(this.take(this.head(TEXT)));

  list = (count: number): void => {
    if (this.head(LIST) !== count) refuse('unexpected_byte');
  };

  private advance(last: number): void {
    this.next = undefined;
    if (this.left === 0) return;
    this.left -= 1;
    const key = this.head(WHOLE);
    if (key <= last) refuse('field_order');
    this.next = key;
  }

  private head(major: number): number {
    const first = this.take(1)[0]!;
    if (first >> 5 !== major) refuse('unexpected_byte');
    const short = first & 31;
    if (short < 24) return short;
    if (short > 27) refuse('unexpected_byte');
    const value = this.take(1 << (short - 24)).reduce((sum, byte) => sum * 256 + byte, 0);
    const least = [24, 0x100, 0x10000, 0x100000000][short - 24]!;
    if (value < least) refuse('not_shortest');
    // Nothing of ours counts so far that a double would round it.
    return Number.isSafeInteger(value) ? value : refuse('unexpected_byte');
  }

  private take(count: number): Bytes {
    if (count > this.all.length - this.at) refuse('cut_short');
    const taken = this.all.slice(this.at, this.at + count);
    this.at += count;
    return taken;
  }
}
