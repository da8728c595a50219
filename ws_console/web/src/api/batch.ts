/**
 * Collects frames and hands them over once per painted picture.
 *
 * Only the newest frame of each (kind, key) is kept, so a hidden tab that paints nothing holds no
 * more than one frame per thing shown. A timer stands in when the browser does not paint.
 */
import type { Frame } from './types'

export interface Paint {
  request(fn: () => void): number
  cancel(id: number): void
  setTimer(fn: () => void, ms: number): number
  clearTimer(id: number): void
}

const HIDDEN_FLUSH_MS = 250

export const browserPaint: Paint = {
  request: (fn) => window.requestAnimationFrame(fn),
  cancel: (id) => window.cancelAnimationFrame(id),
  setTimer: (fn, ms) => window.setTimeout(fn, ms),
  clearTimer: (id) => window.clearTimeout(id),
}

/** Kinds of which every frame counts, because each is a message of its own. */
const MESSAGES = new Set(['notice'])
const MAX_MESSAGES = 50

export class FrameBatch {
  private newest = new Map<string, Frame>()
  private messages: Frame[] = []
  private scheduled = false
  private paintId = 0
  private timerId = 0

  constructor(
    private readonly apply: (frames: Frame[]) => void,
    private readonly paint: Paint = browserPaint,
  ) {}

  add(frame: Frame): void {
    if (MESSAGES.has(frame.kind)) {
      this.messages.push(frame)
      if (this.messages.length > MAX_MESSAGES) this.messages.shift()
    } else {
      this.newest.set(`${frame.kind}:${frame.key}`, frame)
    }
    this.schedule()
  }

  /** Forget what waits and fits: a snapshot has replaced it. */
  drop(fits: (frame: Frame) => boolean): void {
    for (const [key, frame] of this.newest) if (fits(frame)) this.newest.delete(key)
  }

  get size(): number {
    return this.newest.size + this.messages.length
  }

  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    this.paintId = this.paint.request(() => this.flush())
    this.timerId = this.paint.setTimer(() => this.flush(), HIDDEN_FLUSH_MS)
  }

  private flush(): void {
    if (!this.scheduled) return
    this.scheduled = false
    this.paint.cancel(this.paintId)
    this.paint.clearTimer(this.timerId)
    const frames = [...this.newest.values(), ...this.messages]
    this.newest.clear()
    this.messages = []
    if (frames.length > 0) this.apply(frames)
  }
}
