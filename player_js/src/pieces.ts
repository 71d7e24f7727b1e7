/**
 * What is held of a stream, in order of seq and never overlapping: the one rule by which chunks, segments and holes meet.
 *
 * Loader and reel both keep such a list, so they agree on what is there. Bytes replace holes. A segment takes the place of the chunks
 * inside it unless those are all there already. Pure.
 */
export interface Seqs {
  seq: number;
  upto: number; // one past the last
}

export interface Piece extends Seqs {
  startMs: number;
  endMs: number;
}

type IsHole<P> = (piece: P) => boolean;

/** Return the list with a piece put into it; the same list when that changes nothing. */
export function put<P extends Piece>(held: P[], piece: P, isHole: IsHole<P>): P[] {
  const others = held.filter((other) => overlaps(other, piece));
  const bytes = others.filter((other) => !isHole(other));
  if (covers(bytes, piece)) return held;
  if (isHole(piece)) return inserted(held, uncovered(others, piece));
  // A piece that would cut another's bytes apart is of no use: its events cannot be told from theirs.
  if (bytes.some((other) => other.seq < piece.seq || other.upto > piece.upto)) return held;
  const rests = others.filter(isHole).flatMap((hole) => uncovered([piece], hole));
  return inserted(held.filter((other) => !others.includes(other)), [piece, ...rests]);
}

/** Say whether all seqs of a piece are held, as bytes or as holes. */
export function covers(held: Seqs[], piece: Seqs): boolean {
  let next = piece.seq;
  for (const each of held) if (each.seq <= next && next < each.upto) next = each.upto;
  return next >= piece.upto;
}

export function overlaps(one: Seqs, other: Seqs): boolean {
  return one.seq < other.upto && other.seq < one.upto;
}

/** Return what the others (in order) leave of a hole; its times end where theirs begin. */
function uncovered<P extends Piece>(others: Piece[], hole: P): P[] {
  const rests: P[] = [];
  let { seq, startMs } = hole;
  for (const other of others) {
    if (other.seq > seq) rests.push({ ...hole, seq, upto: other.seq, startMs, endMs: Math.max(startMs, Math.min(hole.endMs, other.startMs)) });
    if (other.upto > seq) startMs = Math.max(startMs, Math.min(hole.endMs, other.endMs));
    seq = Math.max(seq, other.upto);
  }
  if (seq < hole.upto) rests.push({ ...hole, seq, startMs });
  return rests;
}

function inserted<P extends Piece>(held: P[], more: P[]): P[] {
  return more.length === 0 ? held : [...held, ...more].sort((a, b) => a.seq - b.seq);
}
