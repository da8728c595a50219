/** What a clock shows: from the server's `due_at` and time, never from a counter of ours. */
import type { AssignmentView, CaseView, ClockState, ClockView } from '@/api/types'

export type Urgency = ClockState | 'held' | 'none'

export interface Countdown {
  urgency: Urgency
  /** Milliseconds to the instant counted to; negative once it has passed. */
  left: number
  /** `due`: the limit; `ceiling`: the longest limit after the limit has passed; `stopped`. */
  to: 'due' | 'ceiling' | 'stopped' | 'none'
  /** Digits without sign, `mm:ss` or `h:mm:ss`. */
  digits: string
}

/** `mm:ss`, from an hour on `h:mm:ss`. A countdown rounds up, so that 00:00 means over. */
export function digits(ms: number): string {
  const total = Math.abs(ms >= 0 ? Math.ceil(ms / 1000) : Math.floor(-ms / 1000))
  const hours = Math.floor(total / 3600)
  const minutes = Math.floor((total % 3600) / 60)
  const pad = (n: number): string => String(n).padStart(2, '0')
  const tail = `${pad(minutes)}:${pad(total % 60)}`
  return hours > 0 ? `${hours}:${tail}` : tail
}

/**
 * The urgency shown. The server's state decides; between a mark's instant and its frame the
 * display may already know that the limit has passed, and says so.
 */
export function urgencyOf(clock: ClockView, now: number): Urgency {
  if (clock.state === 'stopped' || clock.stopped_at !== null) return 'stopped'
  if (clock.held) return 'held'
  if (clock.state === 'ext_expired' || now > clock.ceiling_at) return 'ext_expired'
  if (clock.state === 'expired' || now > clock.due_at) return 'expired'
  return clock.state
}

/** Before the limit the time left; after it the time over the limit (negative). */
export function countdown(clock: ClockView | null, now: number): Countdown {
  if (clock === null) return { urgency: 'none', left: 0, to: 'none', digits: '–' }
  const urgency = urgencyOf(clock, now)
  if (urgency === 'stopped') {
    const left = clock.due_at - (clock.stopped_at ?? now)
    return { urgency, left, to: 'stopped', digits: digits(left) }
  }
  const left = clock.due_at - now
  return { urgency, left, to: left >= 0 ? 'due' : 'ceiling', digits: digits(left) }
}

/** Share of the way from basis to ceiling that has passed, 0…1, and where the limit lies. */
export function progress(clock: ClockView, now: number): { passed: number; limit: number } {
  const whole = Math.max(1, clock.ceiling_at - clock.basis_at)
  const until = clock.stopped_at ?? now
  return {
    passed: Math.min(1, Math.max(0, (until - clock.basis_at) / whole)),
    limit: Math.min(1, (clock.due_at - clock.basis_at) / whole),
  }
}

/** Least remaining time first; cases whose clocks have stopped come last, newest first. */
export function byLeastTime(a: CaseView, b: CaseView): number {
  const x = a.least_due_at ?? Infinity
  const y = b.least_due_at ?? Infinity
  if (x !== y) return x - y
  if (a.accepted_at !== b.accepted_at) return b.accepted_at - a.accepted_at
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

const RANK: Record<ClockState, number> = { ext_expired: 4, expired: 3, warned: 2, running: 1, stopped: 0 }
/** Limits this close together are the same limit to whoever looks at them. */
const SAME_LIMIT_MS = 1_000

/**
 * The clock that makes a case urgent: the running one with the earliest limit; of those that end
 * together the one whose state is the gravest, a unit's before the case's own.
 */
export function leadingClock(view: CaseView): ClockView | null {
  const running = [...view.assignments.filter((a) => a.active).map((a) => a.clock), view.clock].filter(
    (c): c is ClockView => c !== null && c.stopped_at === null,
  )
  const first = Math.min(...running.map((c) => c.due_at))
  const together = running.filter((c) => c.due_at - first <= SAME_LIMIT_MS)
  return together.sort((a, b) => RANK[b.state] - RANK[a.state])[0] ?? view.clock
}

const ROLES = ['lead', 'assisting', 'informed']
/** The lead first, then those that help, then those that are told; those without the case last. */
export const byRole = (assignments: readonly AssignmentView[]): AssignmentView[] =>
  [...assignments].sort((a, b) => Number(b.active) - Number(a.active) || ROLES.indexOf(a.role) - ROLES.indexOf(b.role))

/** Whose clock makes the case urgent: the case's own, or a unit's with its role. */
export function leadingOwner(view: CaseView): 'case' | 'lead' | 'assisting' {
  const clock = leadingClock(view)
  const holder = view.assignments.find((a) => a.active && a.clock !== null && a.clock === clock)
  if (!holder) return 'case'
  return holder.role === 'lead' ? 'lead' : 'assisting'
}

/** The lead unit's active part (R1.3: exactly one), or null when there is none just now. */
export function leadOf(view: CaseView): AssignmentView | null {
  return view.assignments.find((a) => a.active && a.role === 'lead') ?? null
}

export const isEmergency = (view: { class: string }): boolean => view.class.startsWith('EMERGENCY')
