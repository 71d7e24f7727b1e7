/** One stream's road to the server: runs the effects of wire/connection on a socket, a POST, and at the end a beacon. */
import { guard, reportTrouble } from "./lib/guard";
import { countKeepalive, keepaliveRoom } from "./lib/keepalive";
import { listen, undoAll } from "./lib/listen";
import { beaconUrl, bodyOf, postFrames, REQUEST } from "./post";
import type { Connection, Effect, State } from "./wire/connection";

export interface TransportOptions {
  host: string;
  connection: Connection;
  hello: () => Uint8Array;
  now: () => number;
  /** The page's own fetch and WebSocket, from before anybody watched them. */
  fetch: typeof fetch;
  onEffect: (effect: Effect) => void;
  onState: (state: State) => void;
  /** About once a second while the page is there. */
  onTick: () => void;
}

export interface Transport {
  start(): void;
  keep(seq: number, bytes: Uint8Array, flags: number): void;
  /** The page hides: hand over what is unacked and leave the socket. */
  leave(): void;
  /** The page is back from the cache. */
  comeBack(): void;
  /** Nothing more will come: send the rest, then close. */
  end(): void;
}

const TICK_MS = 1_000;
const SUBPROTOCOL = "playhead.v1";
const CLOSE_BYTES = 1_048_576; // more than this in the socket's own buffer: let it drain first

export function createTransport(options: TransportOptions): Transport {
  const { connection, host, now } = options;
  let socket: WebSocket | null = null;
  let state: State = connection.state;
  const undos: (() => void)[] = [];

  function openSocket(): void {
    let mine: WebSocket;
    try {
      mine = new WebSocket(`${host.replace(/^http/, "ws")}/ingest/v1`, SUBPROTOCOL);
    } catch {
      setTimeout(guard(() => run(connection.closed(now()))), 0); // the page's CSP
      return;
    }
    socket = mine;
    mine.binaryType = "arraybuffer";
    const whenMine = <E>(handle: (event: E) => Effect[]) => guard((event: E) => mine === socket && run(handle(event)));
    mine.onopen = whenMine(() => connection.opened(now()));
    mine.onmessage = whenMine((event: MessageEvent) =>
      event.data instanceof ArrayBuffer ? connection.received(new Uint8Array(event.data), now()) : [],
    );
    mine.onclose = whenMine(() => {
      socket = null;
      return connection.closed(now());
    });
  }

  function closeSocket(): void {
    const old = socket;
    socket = null;
    if (old && old.readyState <= WebSocket.OPEN) old.close(1000);
  }

  function send(frame: Uint8Array): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(frame as Uint8Array<ArrayBuffer>);
  }

  function post(frames: Uint8Array[]): void {
    void postFrames(options.fetch, host, frames)
      .then((answer) => run(connection.posted(answer, now())))
      .catch(reportTrouble);
  }

  function perform(effect: Effect): void {
    if (effect.do === "open") openSocket();
    else if (effect.do === "close") closeSocket();
    else if (effect.do === "send") send(effect.frame);
    else if (effect.do === "post") post(effect.frames);
    else options.onEffect(effect);
  }

  function run(effects: Effect[]): void {
    for (const effect of effects) guard(perform)(effect);
    if (connection.state === state) return;
    state = connection.state;
    if (state === "stopped" || state === "finished") undoAll(undos);
    guard(options.onState)(state);
  }

  /** What fits beside what the page itself sends; the rest is in the spool. */
  function beacon(): void {
    const hello = options.hello();
    const frames = connection.tail(keepaliveRoom() - hello.length - 4);
    if (frames.length === 0) return;
    const body = bodyOf([hello, ...frames]);
    countKeepalive(body.size);
    const url = beaconUrl(host);
    // Nothing may run when the answer comes: code that runs in the back-forward cache throws the page out of it
    options.fetch(url, { ...REQUEST, body, keepalive: true }).catch(() => navigator.sendBeacon?.(url, body));
  }

  function startTicking(): void {
    const timer = setInterval(
      guard(() => {
        run(connection.tick(now()));
        options.onTick();
      }),
      TICK_MS,
    );
    undos.push(() => clearInterval(timer), listen(window, "online", () => run(connection.hurry(now()))));
  }

  return {
    start() {
      startTicking();
      run(connection.start(now()));
    },
    keep: (seq, bytes, flags) => run(connection.keep(seq, bytes, flags, now())),
    leave() {
      undoAll(undos);
      if (!socket || socket.bufferedAmount < CLOSE_BYTES) guard(beacon)();
      run(connection.suspend());
    },
    comeBack() {
      if (connection.state !== "idle") return;
      startTicking();
      run(connection.start(now()));
    },
    end: () => run(connection.end()),
  };
}
