/**
 * The websocket feed: one connection, frames in order, nothing lost and nothing kept.
 *
 * Rules of this file:
 *
 * - A frame with `seq` > 0 must carry as `prev` the last `seq` seen; otherwise frames are missing
 *   and the client reconnects with `?after=<last seq>`. Two gaps in a row without progress ask
 *   for a whole snapshot instead.
 * - Any frame is a sign of life; 12 s without one is "stale": the screens say so and the socket
 *   is replaced.
 * - A command that was sent when the socket broke has an unknown outcome and is never re-sent.
 * - Sockets, timers and chance are arguments, so that tests need none of the real ones.
 */
import { CommandError, errors } from './errors'
import type { Frame, Hello, Reply, SnapshotFrame } from './types'

export type LinkState = 'connecting' | 'live' | 'stale' | 'retrying' | 'signed_out' | 'forbidden' | 'closed'

/** The part of `WebSocket` that is used. */
export interface Socket {
  onopen: ((ev: Event) => void) | null
  onmessage: ((ev: MessageEvent) => void) | null
  onclose: ((ev: CloseEvent) => void) | null
  onerror: ((ev: Event) => void) | null
  readonly readyState: number
  send(data: string): void
  close(code?: number): void
}

export interface FeedEvents {
  state(state: LinkState): void
  hello(hello: Hello): void
  /** All that is known is replaced by `frames`; with `live` all but the cases. */
  snapshot(frames: Frame[], live: boolean): void
  frame(frame: Frame): void
  time(serverNow: number): void
}

export interface FeedOptions {
  open: (after: number) => Socket
  now?: () => number
  random?: () => number
  setTimer?: (fn: () => void, ms: number) => number
  clearTimer?: (id: number) => void
}

export const STALE_AFTER_MS = 12_000
export const COMMAND_TIMEOUT_MS = 10_000
const BACK_OFF_MS = [300, 700, 1_500, 3_000, 6_000, 10_000]
const WATCH_MS = 1_000
const OPEN = 1

interface Waiting {
  resolve: (data: unknown) => void
  reject: (error: CommandError) => void
  timer: number
}

export class FeedClient {
  state: LinkState = 'closed'
  lastSeq = 0
  private replayTo = -1
  private socket: Socket | null = null
  private heardAt = 0
  private attempts = 0
  private gaps = 0
  private commandId = 0
  private retryTimer = 0
  private watchTimer = 0
  private readonly waiting = new Map<number, Waiting>()
  private readonly now: () => number
  private readonly random: () => number
  private readonly setTimer: (fn: () => void, ms: number) => number
  private readonly clearTimer: (id: number) => void

  constructor(
    private readonly options: FeedOptions,
    private readonly events: FeedEvents,
  ) {
    this.now = options.now ?? Date.now
    this.random = options.random ?? Math.random
    this.setTimer = options.setTimer ?? ((fn, ms) => window.setTimeout(fn, ms))
    this.clearTimer = options.clearTimer ?? ((id) => window.clearTimeout(id))
  }

  start(): void {
    if (this.socket !== null) return
    this.connect()
    this.watch()
  }

  /** Ends the connection and forgets everything, as at sign-out. */
  stop(): void {
    this.clearTimer(this.retryTimer)
    this.clearTimer(this.watchTimer)
    this.drop()
    this.lastSeq = 0
    this.replayTo = -1
    this.attempts = 0
    this.gaps = 0
    this.become('closed')
  }

  /** Try at once: the network or the window has come back. */
  nudge(): void {
    if (this.state !== 'retrying') return
    this.clearTimer(this.retryTimer)
    this.connect()
  }

  get connected(): boolean {
    return this.socket !== null && this.socket.readyState === OPEN
  }

  /** Sends one command and resolves with its data, or rejects with a `CommandError`. */
  send(cmd: string, args: object): Promise<unknown> {
    const socket = this.socket
    if (socket === null || socket.readyState !== OPEN) return Promise.reject(errors.offline())
    const id = ++this.commandId
    return new Promise((resolve, reject) => {
      const timer = this.setTimer(() => {
        this.waiting.delete(id)
        reject(errors.timeout())
      }, COMMAND_TIMEOUT_MS)
      this.waiting.set(id, { resolve, reject, timer })
      socket.send(JSON.stringify({ id, cmd, args }))
    })
  }

  // ---------------------------------------------------------------- connection

  private connect(): void {
    this.replayTo = -1
    this.become(this.attempts === 0 ? 'connecting' : 'retrying')
    this.heardAt = this.now()
    const socket = this.options.open(this.lastSeq)
    this.socket = socket
    socket.onmessage = (ev) => {
      if (this.socket === socket) this.receive(String(ev.data))
    }
    socket.onclose = (ev) => {
      if (this.socket === socket) this.lost(ev.code)
    }
    socket.onerror = null
  }

  private lost(code: number): void {
    this.drop()
    if (code === 4401 || code === 4403) {
      this.clearTimer(this.watchTimer)
      this.become(code === 4401 ? 'signed_out' : 'forbidden')
      return
    }
    this.retry()
  }

  private retry(): void {
    const step = BACK_OFF_MS[Math.min(this.attempts, BACK_OFF_MS.length - 1)] ?? 10_000
    this.attempts += 1
    this.become('retrying')
    this.clearTimer(this.retryTimer)
    this.retryTimer = this.setTimer(() => this.connect(), step * (0.8 + 0.4 * this.random()))
  }

  private drop(): void {
    const socket = this.socket
    this.socket = null
    if (socket !== null) {
      socket.onmessage = null
      socket.onclose = null
      socket.close()
    }
    for (const waiting of this.waiting.values()) {
      this.clearTimer(waiting.timer)
      waiting.reject(errors.unknown())
    }
    this.waiting.clear()
  }

  private watch(): void {
    this.clearTimer(this.watchTimer)
    this.watchTimer = this.setTimer(() => {
      if (this.socket !== null && this.now() - this.heardAt > STALE_AFTER_MS) {
        this.become('stale')
        this.drop()
        this.retry()
      }
      this.watch()
    }, WATCH_MS)
  }

  private become(state: LinkState): void {
    if (state === this.state) return
    this.state = state
    this.events.state(state)
  }

  // ---------------------------------------------------------------- frames

  private receive(text: string): void {
    this.heardAt = this.now()
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      this.gap()
      return
    }
    const frames = Array.isArray(parsed) ? parsed : [parsed]
    const socket = this.socket
    for (const frame of frames as (Frame | Reply | SnapshotFrame)[]) {
      this.take(frame)
      if (this.socket !== socket) return
    }
  }

  private take(frame: Frame | Reply | SnapshotFrame): void {
    switch (frame.kind) {
      case 'hello':
        this.attempts = 0
        this.events.hello(body(frame) as unknown as Hello)
        this.become('live')
        return
      case 'time':
        this.events.time(Number(body(frame).server_now))
        return
      case 'reply':
        this.settle(frame as Reply)
        return
      case 'snapshot':
        this.replaceAll(frame as SnapshotFrame)
        return
      default:
        this.follow(frame as Frame)
    }
  }

  /**
   * A whole snapshot sets the sequence. A live one leaves it: the cases missed follow by replay,
   * and what comes after them counts from the snapshot's `seq`.
   */
  private replaceAll(frame: SnapshotFrame): void {
    const seq = Number(frame.seq)
    this.replayTo = seq
    if (frame.live !== true) {
      this.lastSeq = seq
      this.gaps = 0
    }
    this.events.snapshot(frame.frames ?? [], frame.live === true)
  }

  private follow(frame: Frame): void {
    if (frame.seq > 0) {
      const replayed = frame.prev === this.replayTo && this.lastSeq <= this.replayTo
      if (frame.prev !== this.lastSeq && !replayed) {
        this.gap()
        return
      }
      this.lastSeq = frame.seq
      this.gaps = 0
    }
    this.events.frame(frame)
  }

  private gap(): void {
    this.gaps += 1
    if (this.gaps > 1) this.lastSeq = 0
    this.drop()
    this.retry()
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting.get(reply.re)
    if (waiting === undefined) return
    this.waiting.delete(reply.re)
    this.clearTimer(waiting.timer)
    if (reply.ok) waiting.resolve(reply.data)
    else waiting.reject(CommandError.from(reply, reply.code ?? 'refused'))
  }
}

function body(frame: object): Record<string, unknown> {
  const data = (frame as { data?: unknown }).data
  return (typeof data === 'object' && data !== null ? data : frame) as Record<string, unknown>
}
