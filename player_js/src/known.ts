/** What a player learns beside the manifest: chunks and moments that did not fit into it, and bytes that turned out to be missing. Pure. */
import type { ChunkRow, GapRow, Manifest, MomentRow, StreamRow } from "./manifest";
import { covers } from "./pieces";

export class Known {
  private readonly rows = new Map<string, Map<number, ChunkRow>>();
  private readonly moments = new Map<string, MomentRow>();
  private readonly gaps: GapRow[] = [];

  addRows(stream: string, rows: ChunkRow[]): void {
    const known = this.rows.get(stream) ?? new Map<number, ChunkRow>();
    for (const row of rows) known.set(row[0], row);
    this.rows.set(stream, known);
  }

  addMoments(moments: MomentRow[]): void {
    for (const moment of moments) this.moments.set(`${moment.stream}:${moment.id}`, moment);
  }

  addGap(gap: GapRow): void {
    this.gaps.push(gap);
  }

  /** Return the manifest with all of that in it. */
  fill(manifest: Manifest): Manifest {
    this.addMoments(manifest.moments);
    return {
      ...manifest,
      streams: manifest.streams.map((stream) => this.fillStream(stream)),
      gaps: [...manifest.gaps, ...this.gaps.filter((gap) => !isStated(manifest.gaps, gap))],
      moments: [...this.moments.values()].sort((a, b) => a.at_ms - b.at_ms),
    };
  }

  /** Put rows in the place of the ranges that they make up; of a range that grew meanwhile all is asked for anew. */
  private fillStream(stream: StreamRow): StreamRow {
    const known = this.rows.get(stream.id);
    if (!known) return stream;
    const listed = new Set(stream.chunks.map(([seq]) => seq));
    const more = [...known.values()].filter(([seq]) => seq >= stream.segmented_upto && !listed.has(seq));
    const pieces = more.map(([seq]) => ({ seq, upto: seq + 1 })).sort((a, b) => a.seq - b.seq);
    const unlisted = stream.unlisted.filter(([seq, upto]) => !covers(pieces, { seq, upto }));
    const isListed = ([seq]: ChunkRow): boolean => !unlisted.some(([from, upto]) => from <= seq && seq < upto);
    return { ...stream, unlisted, chunks: [...stream.chunks, ...more.filter(isListed)].sort((a, b) => a[0] - b[0]) };
  }
}

function isStated(gaps: GapRow[], { stream, first_seq, last_seq, body }: GapRow): boolean {
  return gaps.some((gap) => gap.stream === stream && gap.first_seq <= first_seq && last_seq <= gap.last_seq && (gap.body === body || gap.body === "both"));
}
