/** When to ask the page for a new full snapshot, after something was lost. Twin of replay/wire/snapshots.py. */

export const SNAPSHOT_AGAIN_MS = 30_000; // after the first; then doubling: perhaps it is the snapshots that are refused
export const SNAPSHOT_MOST_MS = 600_000;

export class Snapshots {
  private wantedAt: number | null = null;
  private askedAt = -Infinity;
  private spacingMs = 0;
  private isComing = false;

  /** Something was lost now; one snapshot heals all that was lost before it. */
  want(now: number): void {
    if (this.wantedAt !== null || (this.isComing && now - this.askedAt < SNAPSHOT_AGAIN_MS)) return;
    if (now - this.askedAt > 2 * SNAPSHOT_MOST_MS) this.spacingMs = 0;
    this.wantedAt = Math.max(now, this.askedAt + this.spacingMs);
  }

  /** One was numbered. */
  came(): void {
    this.isComing = false;
  }

  /** Whether to ask now; once. */
  isDue(now: number): boolean {
    if (this.wantedAt === null || now < this.wantedAt) return false;
    this.wantedAt = null;
    this.askedAt = now;
    this.spacingMs = Math.min(SNAPSHOT_MOST_MS, this.spacingMs * 2 || SNAPSHOT_AGAIN_MS);
    this.isComing = true;
    return true;
  }
}
