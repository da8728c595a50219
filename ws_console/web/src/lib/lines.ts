/** The emergency lines and how each stands in a case's talk. */
import type { CaseView, LegView } from '@/api/types'

export const LINES = ['110', '119', '120', '122'] as const
export type LineNo = (typeof LINES)[number]
export type LineState = 'free' | 'ringing' | 'joined' | 'failed'

const legsOf = (view: CaseView | null, line: LineNo): LegView[] =>
  (view?.call?.legs ?? []).filter((l) => l.purpose === 'line' && l.contact === `line:${line}`)

/** Live legs count before ended ones; `failed` while its alarm stands. */
export function lineState(view: CaseView | null, line: LineNo): LineState {
  const live = legsOf(view, line).find((l) => l.state !== 'ended')
  if (live) return live.state === 'joined' || live.state === 'joining' ? 'joined' : 'ringing'
  return view?.alarms.some((a) => a.kind === `LINE_${line}`) ? 'failed' : 'free'
}

/** A case that was opened by such a key, or whose hand-over was taken back: nobody leads it. */
export const nobodyLeads = (view: CaseView | null): boolean =>
  view !== null && view.open && !view.assignments.some((a) => a.active && a.role === 'lead')
