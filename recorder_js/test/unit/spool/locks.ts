/** navigator.locks, as far as we use it. */
export class FakeLocks {
  private readonly held = new Map<string, () => void>();

  hold(name: string): void {
    this.held.set(name, () => undefined);
  }

  letGo(name: string): void {
    this.held.delete(name);
  }

  isHeld(name: string): boolean {
    return this.held.has(name);
  }

  async request(name: string, options: { ifAvailable?: boolean }, run: (lock: object | null) => Promise<unknown>): Promise<unknown> {
    if (this.held.has(name)) return options.ifAvailable ? run(null) : new Promise(() => undefined);
    this.hold(name);
    try {
      return await run({});
    } finally {
      this.letGo(name);
    }
  }
}
