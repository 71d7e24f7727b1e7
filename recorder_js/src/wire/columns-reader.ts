/** Columns to events, within a bound: what a document expands to is charged before it is made (SPEC.md §8). Twin of replay/wire/columns_reader.py. */
import { SHAPES, STRINGS } from "./columns-table";

const DEEPEST = 64; // columns in columns; writers stop well before
const MOST = Number.MAX_SAFE_INTEGER;

/** A document that does not decode, or not within its bound. */
export class BadColumns extends Error {
  override name = "BadColumns";
}

type Row = Record<string, unknown>;

function listed(payload: unknown, count: number): unknown[] {
  if (!Array.isArray(payload) || payload.length !== count) throw new BadColumns("has a column of a wrong length");
  return payload;
}

function ints(payload: unknown, count: number, least: number, most: number): number[] {
  const found = listed(payload, count);
  for (const one of found) {
    if (!Number.isInteger(one) || (one as number) < least || (one as number) > most) throw new BadColumns("has no such number");
  }
  return found as number[];
}

/** Integers by their differences (d), their step (r), or as they are (p). */
function numbers(kind: string, payload: unknown, count: number): number[] {
  if (kind === "p") return ints(payload, count, -MOST, MOST);
  if (kind === "r") {
    const [first, step] = ints(payload, 2, -MOST, MOST) as [number, number];
    if (Math.abs(first + step * (count - 1)) > MOST) throw new BadColumns("has no such number");
    return Array.from({ length: count }, (_, at) => first + step * at);
  }
  let sum = 0;
  return ints(
    ints(payload, count, -MOST, MOST).map((step) => (sum += step)),
    count,
    -MOST,
    MOST,
  );
}

function keysOf(shape: unknown): readonly string[] {
  if (!Array.isArray(shape) || !shape.every((key) => typeof key === "string")) throw new BadColumns("has a shape that is none");
  return shape;
}

/** Put values of several columns into the order that `groups` says. */
function deal(groups: readonly number[], columns: ReadonlyMap<number, readonly unknown[]>): unknown[] {
  const dealt = new Map<number, number>();
  return groups.map((group) => {
    const at = dealt.get(group) ?? 0;
    dealt.set(group, at + 1);
    return columns.get(group)?.[at];
  });
}

function sizesOf(groups: readonly number[]): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return sizes;
}

/** Put nodes into their parents: each one's `childNodes` still says how many follow it. */
function grow(nodes: readonly Row[]): Row[] {
  const waiting: Row[] = [];
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at] as Row;
    const size = node["childNodes"];
    if (size !== undefined) {
      if (!Number.isInteger(size) || (size as number) < 0 || (size as number) > waiting.length) throw new BadColumns("has children that are not there");
      node["childNodes"] = waiting.splice(waiting.length - (size as number)).reverse();
    }
    waiting.push(node);
  }
  return waiting.reverse();
}

export function readColumns(kinds: string, shapes: readonly unknown[], payloads: readonly unknown[], count: number, mostBytes: number): unknown[] {
  if (kinds.length !== payloads.length) throw new BadColumns("has not as many kinds as payloads");
  const known = [...SHAPES, ...shapes.map(keysOf)];
  let room = mostBytes;
  let next = 0;

  function charge(size: number): void {
    room -= size;
    if (!(room >= 0)) throw new BadColumns("expands too far");
  }

  function column(count: number, depth: number): unknown[] {
    if (count === 0) return [];
    if (depth > DEEPEST) throw new BadColumns("is too deep");
    charge(2 * count); // one byte of value and a comma
    const kind = kinds[next] ?? "";
    const payload = payloads[next++];
    switch (kind) {
      case "p":
        return listed(payload, count);
      case "c":
        return constant(payload, count);
      case "d":
      case "r":
        return numbers(kind, payload, count);
      case "P":
      case "D":
      case "R":
        charge(2 * count);
        return numbers(kind.toLowerCase(), payload, count).map(String);
      case "s":
        return texts(payload, count);
      case "a":
        return arrays(payload, count, depth);
      case "m":
        return mixed(payload, count, depth);
      case "o":
      case "O":
        return rows(kind, payload, count, depth, null);
      case "t":
        return trees(payload, count, depth);
      default:
        throw new BadColumns("has a column of no known kind");
    }
  }

  function constant(payload: unknown, count: number): unknown[] {
    if ((typeof payload === "object" && payload !== null) || payload === Infinity || payload === -Infinity) throw new BadColumns("has a constant that is none");
    if (typeof payload === "string") charge(count * payload.length);
    return new Array<unknown>(count).fill(payload);
  }

  function texts(payload: unknown, count: number): string[] {
    const [fresh, refs] = listed(payload, 2);
    if (!Array.isArray(fresh) || !fresh.every((text) => typeof text === "string")) throw new BadColumns("has strings that are none");
    let met = 0;
    return ints(refs, count, -STRINGS.length, fresh.length).map((ref) => {
      const text = (ref < 0 ? STRINGS[-1 - ref] : fresh[ref === 0 ? met++ : ref - 1]) as string | undefined;
      if (text === undefined) throw new BadColumns("has fewer strings than are met");
      charge(text.length);
      return text;
    });
  }

  function arrays(payload: unknown, count: number, depth: number): unknown[][] {
    const lengths = ints(typeof payload === "number" ? new Array<number>(count).fill(payload) : payload, count, 0, MOST);
    const flat = column(
      lengths.reduce((sum, length) => sum + length, 0),
      depth + 1,
    );
    let at = 0;
    return lengths.map((length) => flat.slice(at, (at += length)));
  }

  function mixed(payload: unknown, count: number, depth: number): unknown[] {
    const groups = ints(payload, count, 0, count);
    const sizes = sizesOf(groups);
    const columns = new Map<number, unknown[]>();
    for (let group = 0; group < sizes.size; group++) {
      const size = sizes.get(group);
      if (size === undefined) throw new BadColumns("has a group that nobody is in");
      columns.set(group, column(size, depth + 1));
    }
    return deal(groups, columns);
  }

  /** Objects; with `ids` they are a tree's nodes, whose ids stand in a column of their own. */
  function rows(kind: string, payload: unknown, count: number, depth: number, ids: readonly number[] | null): Row[] {
    const last = known.length - 1;
    if (kind === "o") return group(ints([payload], 1, 0, last)[0] as number, count, depth, ids);
    const shapes = ints(payload, count, 0, last);
    const shares = new Map<number, number[]>();
    if (ids) {
      shapes.forEach((shape, at) => {
        const share = shares.get(shape);
        if (share) share.push(ids[at] as number);
        else shares.set(shape, [ids[at] as number]);
      });
    }
    const columns = new Map<number, Row[]>();
    for (const [shape, size] of sizesOf(shapes)) columns.set(shape, group(shape, size, depth, shares.get(shape) ?? null));
    return deal(shapes, columns) as Row[];
  }

  /** The objects of one shape. */
  function group(shape: number, count: number, depth: number, ids: readonly number[] | null): Row[] {
    const keys = known[shape] as readonly string[];
    charge(count * keys.reduce((sum, key) => sum + key.length + 3, 0));
    const columns = keys.map((key) => (ids && key === "id" ? ids : column(count, depth + 1)));
    const isOdd = keys.includes("__proto__"); // an assignment would set the prototype
    return Array.from({ length: count }, (_, at) => {
      if (isOdd) return Object.fromEntries(keys.map((key, which) => [key, columns[which]?.[at]]));
      const row: Row = {};
      for (let which = 0; which < keys.length; which++) row[keys[which] as string] = (columns[which] as readonly unknown[])[at];
      return row;
    });
  }

  function trees(payload: unknown, count: number, depth: number): Row[] {
    const size = ints([payload], 1, count, MOST)[0] as number;
    const ids = ints(column(size, depth + 1), size, -MOST, MOST);
    const kind = kinds[next] ?? "";
    if (kind !== "o" && kind !== "O") throw new BadColumns("has a tree of no nodes");
    const roots = grow(rows(kind, payloads[next++], size, depth + 1, ids));
    if (roots.length !== count) throw new BadColumns("has a tree too many or too few");
    return roots;
  }

  const events = column(count, 0);
  if (next !== kinds.length) throw new BadColumns("has a column too many");
  return events;
}
