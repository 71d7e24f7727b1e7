import { guard } from "./guard";

type Listener = (detail: unknown) => void;

export interface Signals {
  on(signal: string, listener: Listener): () => void;
  emit(signal: string, detail: unknown): void;
}

export function createSignals(): Signals {
  const listeners = new Map<string, Set<Listener>>();
  return {
    on(signal, listener) {
      const mine = listeners.get(signal) ?? new Set();
      listeners.set(signal, mine.add(listener));
      return () => void mine.delete(listener);
    },
    emit(signal, detail) {
      for (const listener of listeners.get(signal) ?? []) guard(listener)(detail);
    },
  };
}
