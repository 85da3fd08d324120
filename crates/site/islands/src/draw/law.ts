// The law of the draw (docs/draw.md): the roll and its text, even numbers out of the seed, targets, officers, stand-ins.
import { eight, join, sha256, utf8, type Bytes } from './bytes';
import { Wrong } from './log';

export interface Target {
  id: string;
  class: string;
  weight: number;
}

export interface Bar {
  target: string;
  officer: string;
  why: string;
}

export interface Roll {
  targets: Target[];
  officers: string[];
  bars: Bar[];
}

export interface Pair {
  target: string;
  officers: string[];
}

const MILLION = 1_000_000;

export const isToken = (text: string): boolean => /^[A-Za-z0-9._:-]{1,64}$/.test(text);

/** Tokens are ASCII, so that the language's own order of texts is that of bytes. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The roll in its order; refused where a row breaks a rule. */
export function inOrder(roll: Roll): Roll {
  const size = [roll.targets.length, roll.officers.length];
  if (size.some((rows) => rows < 1 || rows > MILLION)) throw new Wrong('roll_size', size.join(' '));
  const targets = roll.targets.slice().sort((a, b) => byText(a.id, b.id));
  const officers = roll.officers.slice().sort(byText);
  const bars = roll.bars.slice().sort((a, b) => byText(a.target, b.target) || byText(a.officer, b.officer));
  for (const target of targets) {
    for (const token of [target.id, target.class]) if (!isToken(token)) throw new Wrong('roll_id', token);
    if (target.weight < 1 || target.weight > MILLION) throw new Wrong('roll_weight', target.id);
  }
  for (const officer of officers) if (!isToken(officer)) throw new Wrong('roll_id', officer);
  once(targets.map((target) => target.id), 'roll_twice');
  once(officers, 'roll_twice');
  const [known, staff] = [new Set(targets.map((target) => target.id)), new Set(officers)];
  for (const bar of bars) {
    if (!known.has(bar.target)) throw new Wrong('roll_unknown', bar.target);
    if (!staff.has(bar.officer)) throw new Wrong('roll_unknown', bar.officer);
  }
  once(bars.map((bar) => `${bar.target} ${bar.officer}`), 'roll_bar_twice');
  return { targets, officers, bars };
}

function once(sorted: string[], code: string): void {
  const twice = sorted.find((text, i) => i > 0 && text === sorted[i - 1]);
  if (twice !== undefined) throw new Wrong(code, twice);
}

/** SHA-256 of the text of a roll in its order. */
export function rollHash(roll: Roll): Bytes {
  const lines = [
    'budayang/draw-roll@v1',
    ...roll.targets.map((target) => `target ${target.id} ${target.class} ${target.weight}`),
    ...roll.officers.map((officer) => `officer ${officer}`),
    ...roll.bars.map((bar) => `bar ${bar.target} ${bar.officer} ${bar.why}`),
  ];
  return sha256(utf8(lines.join('\n') + '\n'));
}

function barred(roll: Roll): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const bar of roll.bars) found.set(bar.target, (found.get(bar.target) ?? new Set()).add(bar.officer));
  return found;
}

/** Refuses numbers that cannot be drawn from this roll whatever falls. */
export function checkOrder(roll: Roll, take: number, each: number): void {
  if (take < 1 || take > roll.targets.length) throw new Wrong('roll_take', String(take));
  if (each < 1 || each > 10) throw new Wrong('roll_each', String(each));
  const away = barred(roll);
  for (const target of roll.targets) {
    const eligible = roll.officers.length - (away.get(target.id)?.size ?? 0);
    if (eligible < each) throw new Wrong('roll_too_few_officers', target.id);
  }
}

const WORDS = 1n << 64n;

/** Even numbers for one purpose. */
export class Stream {
  readonly #prefix: Bytes;
  #block = 0;
  #words: bigint[] = [];

  constructor(seed: Bytes, purpose: string) {
    this.#prefix = join(utf8('budayang/draw-stream@v1\n'), seed, utf8(`${purpose}\n`));
  }

  word(): bigint {
    if (this.#words.length === 0) {
      const view = new DataView(sha256(join(this.#prefix, eight(this.#block++))).buffer);
      for (let at = 0; at < 32; at += 8) this.#words.push((BigInt(view.getUint32(at)) << 32n) | BigInt(view.getUint32(at + 4)));
    }
    return this.#words.shift() ?? 0n;
  }

  below(bound: bigint): bigint {
    const limit = WORDS - (WORDS % bound);
    for (;;) {
      const word = this.word();
      if (word < limit) return word % bound;
    }
  }

  position(length: number): number {
    return Number(this.below(BigInt(length)));
  }

  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const other = this.position(i + 1);
      [items[i], items[other]] = [items[other]!, items[i]!];
    }
    return items;
  }
}

export interface Chances {
  certain: Set<string>;
  /** Places that are drawn for. */
  places: number;
  /** The sum of the weights that are drawn for. */
  weight: number;
}

/** Step 1: who is certain, and what is left for the others. */
export function chancesOf(roll: Roll, take: number): Chances {
  const certain = new Set<string>();
  let [places, weight, rest] = [take, roll.targets.reduce((sum, target) => sum + target.weight, 0), roll.targets];
  for (;;) {
    const wave = rest.filter((target) => places * target.weight >= weight);
    if (wave.length === 0) return { certain, places, weight };
    for (const target of wave) {
      certain.add(target.id);
      places -= 1;
      weight -= target.weight;
    }
    rest = rest.filter((target) => !certain.has(target.id));
  }
}

/** The chance of a target: numerator and denominator. */
export const chanceOf = (chances: Chances, target: Target): [number, number] =>
  chances.certain.has(target.id) ? [1, 1] : [chances.places * target.weight, chances.weight];

/** Steps 2 and 3: the ids of the drawn targets, ascending. */
export function select(roll: Roll, chances: Chances, stream: Stream): string[] {
  const classes = new Map<string, Target[]>();
  for (const target of roll.targets) {
    if (chances.certain.has(target.id)) continue;
    const members = classes.get(target.class);
    if (members) members.push(target);
    else classes.set(target.class, [target]);
  }
  const line = [...classes.keys()].sort(byText).map((name) => stream.shuffle(classes.get(name) ?? [])).flat();
  const drawn = [...chances.certain];
  if (line.length > 0) {
    const [gap, places] = [BigInt(chances.weight), BigInt(chances.places)];
    let [mark, end] = [stream.below(gap), 0n];
    for (const target of line) {
      end += places * BigInt(target.weight);
      if (mark < end) {
        drawn.push(target.id);
        mark += gap;
      }
    }
  }
  return drawn.sort(byText);
}

/** Which officers go to the drawn targets (ascending). */
export function assign(roll: Roll, each: number, drawn: string[], stream: Stream): Pair[] {
  const away = barred(roll);
  const loads = new Map(roll.officers.map((officer) => [officer, 0]));
  const load = (officer: string): number => loads.get(officer) ?? 0;
  const pairs = stream.shuffle(drawn.slice()).map((target) => {
    let free = roll.officers.filter((officer) => !away.get(target)?.has(officer));
    const officers: string[] = [];
    while (officers.length < each) {
      const least = free.reduce((low, officer) => Math.min(low, load(officer)), Infinity);
      const equals = free.filter((officer) => load(officer) === least);
      const officer = equals[stream.position(equals.length)]!;
      officers.push(officer);
      loads.set(officer, least + 1);
      free = free.filter((other) => other !== officer);
    }
    return { target, officers: officers.sort(byText) };
  });
  return pairs.sort((a, b) => byText(a.target, b.target));
}

/** Who stands in at a drawn target: the first of these who has not dropped out. */
export function standIns(roll: Roll, seed: Bytes, pair: Pair): string[] {
  const away = barred(roll).get(pair.target);
  const waiting = roll.officers.filter((officer) => !away?.has(officer) && !pair.officers.includes(officer));
  return new Stream(seed, `stand-in ${pair.target}`).shuffle(waiting);
}

export function draw(roll: Roll, take: number, each: number, seed: Bytes): { chances: Chances; pairs: Pair[] } {
  const chances = chancesOf(roll, take);
  const drawn = select(roll, chances, new Stream(seed, 'targets'));
  return { chances, pairs: assign(roll, each, drawn, new Stream(seed, 'officers')) };
}
