/**
 * The server's time, estimated from the `server_now` of hello and heartbeat frames.
 *
 * A frame is never early, so the largest of the recent offsets is the best; a jump of more than
 * a second means that one of the clocks was set, and starts the estimate anew.
 */
const KEPT = 6
const STEP_MS = 1_000

export class ServerTime {
  private samples: number[] = []

  constructor(private readonly localNow: () => number = Date.now) {}

  /** Tells what the server's clock showed just now. */
  heard(serverNow: number): void {
    if (!Number.isFinite(serverNow)) return
    const offset = serverNow - this.localNow()
    if (this.samples.length > 0 && Math.abs(offset - this.offset) > STEP_MS) this.samples = []
    this.samples.push(offset)
    if (this.samples.length > KEPT) this.samples.shift()
  }

  /** Milliseconds to add to this machine's clock. */
  get offset(): number {
    return this.samples.length > 0 ? Math.max(...this.samples) : 0
  }

  now(): number {
    return this.localNow() + this.offset
  }
}
