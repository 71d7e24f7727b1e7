/**
 * Events to columns (SPEC.md §8). Twin of replay/wire/columns_writer.py.
 *
 * One function that needs nothing around it: its own text is what runs in the recorder's worker, so it may name neither
 * an import nor anything else of this file.
 */
type Row = Readonly<Record<string, unknown>>;

/** Make the writer: events in, a columns document as JSON text out. The tables are those of columns-table.ts. */
export function columnsWriter(staticShapes: readonly (readonly string[])[], staticStrings: readonly string[]) {
  const MAX_INT = 2 ** 52; // the difference of two such is exact
  const DEEPEST = 24; // columns in columns; what is deeper is written as it is
  const FEW = 4; // so few mixed values are cheaper as they are
  const DIGITS = /^(?:0|[1-9]\d{0,14})$/;
  const ARRAY = "array";

  const sortOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? ARRAY : typeof value);
  const isInt = (value: unknown): value is number => Number.isSafeInteger(value) && !Object.is(value, -0);
  const isSmall = (value: number): boolean => value <= MAX_INT && value >= -MAX_INT;
  const areSame = (values: readonly unknown[]): boolean => values.every((value) => value === values[0]);
  const known = new Map(staticStrings.map((text, at) => [text, -1 - at]));
  const shapeNumbers = new Map(staticShapes.map((keys, number) => [JSON.stringify(keys), number]));

  return (events: readonly unknown[]): string => {
    let kinds = "";
    const payloads: unknown[] = [];
    const shapes: (readonly string[])[] = [];
    const ownNumbers = new Map<string, number>(); // of shapes that are this document's alone

    function put(kind: string, payload: unknown): void {
      kinds += kind;
      payloads.push(payload);
    }

    function column(values: readonly unknown[], key: string, depth: number): void {
      const sorts = new Set(values.map(sortOf));
      const [sort] = sorts;
      if (sorts.size > 1) mixed(values, sorts, key, depth);
      else if (depth > DEEPEST) put("p", values);
      else if (sort === "object") objects(values as Row[], key, depth);
      else if (sort === ARRAY) arrays(values as unknown[][], key, depth);
      else if (sort === "string") texts(values as string[]);
      else if (sort === "number" && values.every(isInt)) ints(values, "cdrp");
      else if (sort !== "number" && areSame(values)) put("c", values[0]);
      else put("p", values);
    }

    function mixed(values: readonly unknown[], sorts: Set<string>, key: string, depth: number): void {
      const isFew = values.length <= FEW && !sorts.has(ARRAY) && !sorts.has("object");
      if (depth > DEEPEST || isFew) return put("p", values);
      const order = [...sorts];
      put("m", values.map((value) => order.indexOf(sortOf(value))));
      for (const sort of order) column(values.filter((value) => sortOf(value) === sort), key, depth + 1);
    }

    /** Integers, by four kinds: all the same, differences, a step, or as they are. */
    function ints(values: readonly number[], kinds: string): void {
      const [same, differences, run, plain] = kinds.split("") as [string, string, string, string];
      const first = values[0] as number;
      if (same !== plain && areSame(values)) return put(same, first);
      if (values.length < 2 || !values.every(isSmall)) return put(plain, values);
      const steps: number[] = [];
      let far = 0;
      let wide = Math.abs(first);
      for (let at = 1; at < values.length; at++) {
        const step = (values[at] as number) - (values[at - 1] as number);
        steps.push(step);
        far += Math.abs(step);
        wide += Math.abs(values[at] as number);
      }
      if (areSame(steps)) put(run, [first, steps[0]]);
      else if (2 * far < wide) put(differences, [first, ...steps]);
      else put(plain, values);
    }

    function texts(values: readonly string[]): void {
      if (areSame(values)) return put("c", values[0]);
      if (values.every((text) => DIGITS.test(text))) return ints(values.map(Number), "PDRP");
      const met = new Map<string, number>();
      const fresh: string[] = [];
      const refs = values.map((text) => {
        const ref = met.get(text);
        if (ref) return ref;
        const number = known.get(text) ?? fresh.length + 1;
        met.set(text, number);
        if (number > 0) fresh.push(text);
        return Math.min(number, 0);
      });
      if (fresh.length === values.length) put("p", values);
      else put("s", [fresh, refs]);
    }

    function arrays(values: readonly unknown[][], key: string, depth: number): void {
      const lengths = values.map((list) => list.length);
      put("a", areSame(lengths) ? lengths[0] : lengths);
      const flat = values.flat();
      if (flat.length > 0) column(flat, key, depth + 1);
    }

    /** Nodes of trees in document order; null where they are not as rrweb makes them. */
    function flatten(roots: readonly unknown[]): Row[] | null {
      const nodes: Row[] = [];
      const stack = roots.slice().reverse();
      while (stack.length > 0) {
        const node = stack.pop() as Row;
        if (sortOf(node) !== "object" || !isInt(node["id"]) || !isSmall(node["id"])) return null;
        nodes.push(node);
        const children = node["childNodes"];
        if (children === undefined) continue;
        if (!Array.isArray(children)) return null;
        for (let at = children.length - 1; at >= 0; at--) stack.push(children[at]);
      }
      return nodes;
    }

    function objects(values: readonly Row[], key: string, depth: number): void {
      const nodes = key === "node" ? flatten(values) : null;
      if (!nodes) return rows(values, depth, false);
      put("t", nodes.length);
      ints(nodes.map((node) => node["id"] as number), "cdrp");
      rows(nodes, depth, true);
    }

    function rows(values: readonly Row[], depth: number, isTree: boolean): void {
      const groups = new Map<number, { keys: readonly string[]; rows: Row[] }>();
      const numbers = values.map((row) => {
        const keys = Object.keys(row);
        const name = JSON.stringify(keys);
        let number = shapeNumbers.get(name) ?? ownNumbers.get(name);
        if (number === undefined) ownNumbers.set(name, (number = staticShapes.length + shapes.push(keys) - 1));
        const group = groups.get(number);
        if (group) group.rows.push(row);
        else groups.set(number, { keys, rows: [row] });
        return number;
      });
      if (groups.size === 1) put("o", numbers[0]);
      else put("O", numbers);
      for (const { keys, rows } of groups.values()) {
        for (const key of keys) {
          const values = rows.map((row) => row[key]);
          if (!isTree) column(values, key, depth + 1);
          else if (key === "childNodes") ints(values.map((children) => (children as unknown[]).length), "cdrp");
          else if (key !== "id") column(values, key, depth + 1);
        }
      }
    }

    if (events.length > 0) column(events, "", 0);
    return JSON.stringify([1, events.length, kinds, shapes, ...payloads]);
  };
}
