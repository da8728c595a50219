/** The marks of a unit's clock and the steps of its ladder, as dots in a fixed order. */
import type { ClockView, MarkView } from '@/api/types'

export type DotState = 'fired' | 'held' | 'next' | 'ahead'

export interface Dot {
  code: string
  state: DotState
  /** How often a repeating mark has fired. */
  times: number
  at: number | null
  lateByMs: number
}

export const UNIT_MARKS = ['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8'] as const
export const LADDER_STEPS = ['A0', 'A1', 'A2', 'A3', 'A4'] as const
/** A mark more than this late is shown as late. */
export const LATE_SHOWN_MS = 2_000

export function dots(clock: ClockView | null, codes: readonly string[], running: boolean): Dot[] {
  const fired = new Map<string, MarkView[]>()
  for (const mark of clock?.marks ?? []) {
    const known = fired.get(mark.code)
    if (known) known.push(mark)
    else fired.set(mark.code, [mark])
  }
  let nextGiven = !running
  return codes.map((code) => {
    const marks = fired.get(code)
    const last = marks?.at(-1)
    if (marks && last) {
      return {
        code,
        state: last.held ? 'held' : 'fired',
        times: marks.length,
        at: last.at,
        lateByMs: Math.max(...marks.map((m) => m.late_by_ms)),
      }
    }
    const state: DotState = nextGiven ? 'ahead' : 'next'
    nextGiven = true
    return { code, state, times: 0, at: null, lateByMs: 0 }
  })
}
