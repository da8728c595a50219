/** One attempt to reach a contact, in the words a desk shows. */
import type { CaseView, LegView } from '@/api/types'

export interface LegProgress {
  /** i18n key below `leg.` */
  key: string
  /** Since when it is so; the display counts from here. */
  since: number | null
  /** placed · ringing · listening · joined · ended */
  shape: 'dialling' | 'ringing' | 'listening' | 'joined' | 'ended'
}

const OUTCOMES = new Set([
  'busy',
  'no_answer',
  'rejected',
  'unreachable',
  'no_such_number',
  'no_key',
  'hung_up',
  'network',
  'released',
  'failed',
  'unknown',
  'to_agent',
])

export function legProgress(leg: LegView): LegProgress {
  switch (leg.state) {
    case 'placed':
      return { key: 'placed', since: leg.placed_at, shape: 'dialling' }
    case 'ringing':
      return { key: 'ringing', since: leg.ringing_at, shape: 'ringing' }
    case 'briefing':
      return { key: leg.purpose === 'inform' ? 'informing' : 'briefing', since: leg.answered_at, shape: 'listening' }
    case 'joining':
      return { key: 'joining', since: leg.joined_at, shape: 'joined' }
    case 'joined':
      return { key: leg.held_at ? 'held' : 'joined', since: leg.held_at ?? leg.joined_at, shape: 'joined' }
    default:
      return {
        key: `outcome.${OUTCOMES.has(leg.outcome) ? leg.outcome : 'unknown'}`,
        since: null,
        shape: 'ended',
      }
  }
}

export const isLive = (leg: LegView): boolean => leg.state !== 'ended'

/** Live legs first in the order they were placed, then the ended ones, newest first. */
export function orderedLegs(view: CaseView, assignment?: string): LegView[] {
  const legs = (view.call?.legs ?? []).filter((l) => !assignment || l.assignment === assignment)
  return [
    ...legs.filter(isLive).sort((a, b) => a.placed_at - b.placed_at),
    ...legs.filter((l) => !isLive(l)).sort((a, b) => (b.left_at ?? 0) - (a.left_at ?? 0)),
  ]
}

/** Who is being rung or spoken to right now. */
export function liveLegs(view: CaseView): LegView[] {
  return orderedLegs(view).filter(isLive)
}

/** Assignments whose unit is in the conversation now. */
export function onLine(view: CaseView): string[] {
  const joined = (view.call?.legs ?? []).filter((l) => ['joining', 'joined'].includes(l.state))
  return [...new Set(joined.map((l) => l.assignment))]
}

/**
 * Whose spoken acceptance "heard and accepted" records: the unit in the conversation that has not
 * accepted yet, else the lead; never another unit, which nobody has heard.
 */
export function heardCandidate(view: CaseView): string | null {
  const open = view.assignments.filter((a) => a.active && a.acknowledged_at === null)
  const here = onLine(view)
  return (open.find((a) => here.includes(a.id)) ?? open.find((a) => a.role === 'lead'))?.id ?? null
}
