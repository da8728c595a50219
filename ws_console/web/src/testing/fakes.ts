/** A socket and timers that a test moves by hand. */
import type { Socket } from '@/api/feed'

export class FakeSocket implements Socket {
  onopen: ((ev: Event) => void) | null = null
  onmessage: ((ev: MessageEvent) => void) | null = null
  onclose: ((ev: CloseEvent) => void) | null = null
  onerror: ((ev: Event) => void) | null = null
  readyState = 1
  closed = false
  sent: { id: number; cmd: string; args: object }[] = []

  constructor(readonly after: number) {}

  send(data: string): void {
    this.sent.push(JSON.parse(data) as { id: number; cmd: string; args: object })
  }
  close(): void {
    this.closed = true
    this.readyState = 3
  }
  /** The server sends these frames as one message. */
  says(...frames: unknown[]): void {
    this.onmessage?.({ data: JSON.stringify(frames) } as MessageEvent)
  }
  breaks(code = 1006): void {
    this.readyState = 3
    this.onclose?.({ code } as CloseEvent)
  }
}

export class FakeTimers {
  now = 0
  private next = 1
  private readonly waiting = new Map<number, { at: number; fn: () => void }>()

  readonly set = (fn: () => void, ms: number): number => {
    const id = this.next
    this.next += 1
    this.waiting.set(id, { at: this.now + ms, fn })
    return id
  }
  readonly clear = (id: number): void => {
    this.waiting.delete(id)
  }
  get pending(): number {
    return this.waiting.size
  }
  /** Lets time pass; timers fire in the order of their time. */
  pass(ms: number): void {
    const end = this.now + ms
    for (;;) {
      const due = [...this.waiting].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at)[0]
      if (!due) break
      this.waiting.delete(due[0])
      this.now = due[1].at
      due[1].fn()
    }
    this.now = end
  }
}
