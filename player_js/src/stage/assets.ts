/** What the stage knows of a session's stylesheets, and of where its fonts and images are kept. */

const REFERENCE = /^playhead-asset:([0-9a-f]{64})$/;
const HASH = /^[0-9a-f]{64}$/;

export class Assets {
  /** Stylesheets that were asked for and are not here. */
  readonly lacking = new Set<string>();
  private readonly sheets = new Map<string, string>();
  private readonly places = new Map<string, string>();

  /** `folder` is the one address from which the document may load, as the server said; empty: none. */
  constructor(private readonly folder = "") {}

  /** Take texts by hash and hashes by address; says whether one came that was lacking. */
  add(sheets: readonly (readonly [hash: string, text: string])[], places: readonly (readonly [url: string, hash: string])[]): boolean {
    let isNew = false;
    for (const [hash, text] of sheets) {
      this.sheets.set(hash, text);
      isNew = this.lacking.delete(hash) || isNew;
    }
    for (const [url, hash] of places) if (HASH.test(hash)) this.places.set(url, hash);
    return isNew;
  }

  /** The text that a reference stands for, "" while it is not here; what is no reference stands for itself. */
  sheet(text: string): string {
    const hash = REFERENCE.exec(text)?.[1];
    if (!hash) return text;
    const found = this.sheets.get(hash);
    if (found === undefined) this.lacking.add(hash);
    return found ?? "";
  }

  /** Where what stood at this address is kept; null where it is not. */
  place(url: string): string | null {
    const hash = this.places.get(url);
    return hash && this.folder ? this.folder + hash : null;
  }

  isPlace(address: string): boolean {
    return this.folder !== "" && address.startsWith(this.folder) && HASH.test(address.slice(this.folder.length));
  }

  /** Those of a srcset that are kept, with their descriptors; null where none is. */
  srcset(value: string): string | null {
    const kept = value.split(/,\s+|,$/).map((each) => {
      const [url = "", ...descriptor] = each.trim().split(/\s+/);
      const place = this.place(url);
      return place && [place, ...descriptor.filter((word) => /^[\d.]+[wx]$/.test(word))].join(" ");
    });
    return kept.filter(Boolean).join(", ") || null;
  }
}
