/** Alarms: their order, what can be done about each, and the flood view (Q-X-05). */
import type { AlarmView, CaseView, Role } from '@/api/types'

export type AlarmAction = 'keep' | 'add' | 'reassign' | 'takeOver' | 'ring' | 'report' | 'open' | 'seen'

export interface RaisedAlarm {
  alarm: AlarmView
  view: CaseView
  /** Earlier steps of the same ladder or clock, which this one stands for. */
  covers: AlarmView[]
}

/** Each kind and what it supersedes: a later step says all that the earlier ones said. */
const SEQUENCES: readonly (readonly string[])[] = [
  ['NOT_DELIVERED', 'LADDER_A2', 'LADDER_A3', 'LADDER_A4'],
  ['MARK_B3', 'MARK_B4', 'MARK_B6', 'MARK_B7'],
  ['CASE_LIMIT', 'CASE_EXT_LIMIT'],
]

/** From this many on, alarms are folded by kind. */
export const FLOOD_AT = 10

const ACTIONS: Record<string, AlarmAction[]> = {
  NO_ROUTE: ['reassign', 'add', 'takeOver', 'seen'],
  NOT_DELIVERED: ['ring', 'reassign', 'add'],
  LADDER_A2: ['ring', 'reassign', 'add', 'takeOver'],
  LADDER_A3: ['keep', 'reassign', 'add', 'takeOver'],
  LADDER_A4: ['keep', 'reassign', 'add', 'takeOver'],
  RETURN_REQUESTED: ['reassign', 'keep', 'add'],
  EXTENSION_REQUESTED: ['open', 'seen'],
  UNIT_LEFT: ['ring', 'seen'],
  UNIT_WANTS_AGENT: ['ring', 'seen'],
  AGENT_LOST: ['open'],
  LIMIT_HELD: ['report'],
  CASUALTIES: ['open', 'seen'],
  HANDOVER_SLOW: ['add', 'takeOver'],
  CASE_LIMIT: ['ring', 'takeOver', 'seen'],
  CASE_EXT_LIMIT: ['takeOver', 'reassign', 'seen'],
  MARK_B3: ['ring', 'seen'],
  MARK_B4: ['ring', 'reassign', 'takeOver', 'seen'],
  MARK_B6: ['ring', 'takeOver', 'seen'],
  MARK_B7: ['takeOver', 'reassign', 'seen'],
  PBX_ACTION_FAILED: ['open', 'seen'],
  LINE_110: ['open', 'seen'],
  LINE_119: ['open', 'seen'],
  LINE_120: ['open', 'seen'],
  LINE_122: ['open', 'seen'],
  NO_SEATS: ['open'],
  REQUESTER_LEFT: ['open', 'seen'],
  UNIT_ENGAGED: ['open', 'seen'],
  BAD_NUMBER: ['open', 'seen'],
  OTHER_CASE_TALKS: ['open', 'seen'],
}
const SUPERVISOR_ONLY = new Set<AlarmAction>(['keep', 'reassign', 'takeOver'])

/** What `role` may do about an alarm; the first is what the alarm asks for. */
export function actionsFor(alarm: AlarmView, role: Role): AlarmAction[] {
  if (role === 'auditor') return ['open']
  const all = ACTIONS[alarm.kind] ?? ['open', 'seen']
  return role === 'agent' ? all.filter((a) => !SUPERVISOR_ONLY.has(a)) : all
}

/** Most important first, then the longest waiting. */
export function byPriority(a: RaisedAlarm, b: RaisedAlarm): number {
  return (
    a.alarm.priority - b.alarm.priority ||
    a.alarm.raised_at - b.alarm.raised_at ||
    (a.alarm.id < b.alarm.id ? -1 : 1)
  )
}

export function alarmsOf(cases: Iterable<CaseView>): RaisedAlarm[] {
  const found: RaisedAlarm[] = []
  for (const view of cases) found.push(...raisedIn(view))
  return found.sort(byPriority)
}

/** The alarms of one case, earlier steps folded into the latest. */
export function raisedIn(view: CaseView): RaisedAlarm[] {
  const covered = new Set<AlarmView>()
  const raised = view.alarms.map((alarm) => {
    const sequence = SEQUENCES.find((s) => s.includes(alarm.kind)) ?? []
    const covers = view.alarms.filter(
      (a) =>
        a.assignment === alarm.assignment &&
        sequence.includes(a.kind) &&
        sequence.indexOf(a.kind) < sequence.indexOf(alarm.kind),
    )
    for (const a of covers) covered.add(a)
    return { alarm, view, covers }
  })
  return raised.filter((r) => !covered.has(r.alarm))
}

export interface AlarmGroup {
  kind: string
  priority: number
  alarms: RaisedAlarm[]
}

/** For a flood: one line per kind, most important first, most frequent next. */
export function grouped(alarms: readonly RaisedAlarm[]): AlarmGroup[] {
  const groups = new Map<string, AlarmGroup>()
  for (const raised of alarms) {
    const key = `${raised.alarm.priority}:${raised.alarm.kind}`
    const group = groups.get(key)
    if (group) group.alarms.push(raised)
    else groups.set(key, { kind: raised.alarm.kind, priority: raised.alarm.priority, alarms: [raised] })
  }
  return [...groups.values()].sort(
    (a, b) => a.priority - b.priority || b.alarms.length - a.alarms.length,
  )
}
