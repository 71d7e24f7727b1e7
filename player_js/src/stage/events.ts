/** The few rrweb event shapes that the stage looks into; the rest passes through. */

export const enum Type {
  DomContentLoaded = 0,
  Load = 1,
  FullSnapshot = 2,
  Incremental = 3,
  Meta = 4,
}

export const enum Source {
  Mutation = 0,
  MouseMove = 1,
  MouseInteraction = 2,
  ViewportResize = 4,
  TouchMove = 6,
  MediaInteraction = 7,
  StyleSheetRule = 8,
  CanvasMutation = 9,
  Font = 10,
  StyleDeclaration = 13,
  Drag = 12,
  AdoptedStyleSheet = 15,
}

export const NODE_DOCUMENT = 0;
export const NODE_ELEMENT = 2;
export const NODE_TEXT = 3;

export interface RecordedNode {
  type: number;
  id: number;
  tagName?: string;
  attributes?: Record<string, unknown>;
  childNodes?: RecordedNode[];
  textContent?: string;
  isStyle?: boolean;
  isSVG?: boolean;
  isCustom?: boolean;
}

export interface Position {
  x: number;
  y: number;
  id: number;
  timeOffset: number;
}

export interface RecordedEvent {
  type: number;
  timestamp: number;
  // Recorded content: every reader checks what it takes.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any;
}

export function isFullSnapshot(event: RecordedEvent): boolean {
  return event.type === Type.FullSnapshot;
}

function isMove(event: RecordedEvent): boolean {
  if (event.type !== Type.Incremental) return false;
  const source: unknown = event.data?.source;
  return source === Source.MouseMove || source === Source.TouchMove || source === Source.Drag;
}

/**
 * Give each pointer position an event of its own at its own time.
 *
 * rrweb records half a second of positions under one late timestamp and replays them with timers, which is why
 * its seeks drift from its play. With one event a position, time alone decides what has happened.
 */
export function spreadMoves(events: RecordedEvent[]): RecordedEvent[] {
  const spread: RecordedEvent[] = [];
  for (const event of events) {
    const positions: unknown = isMove(event) ? event.data.positions : undefined;
    if (!Array.isArray(positions)) {
      spread.push(event);
      continue;
    }
    for (const position of positions as Position[]) {
      const timestamp = event.timestamp + Math.min(0, Number(position.timeOffset) || 0);
      spread.push({ type: event.type, timestamp, data: { ...event.data, positions: [{ ...position, timeOffset: 0 }] } });
    }
  }
  return spread;
}
