/**
 * What the gateway sends, word for word as `dispatcher/core/views.py` renders it.
 * Instants are milliseconds since the Unix epoch on the server's clock.
 */

export type CaseClass = 'EMERGENCY_MAJOR' | 'EMERGENCY_GENERAL' | 'ORDINARY' | 'CONSULT'
export type ClockState = 'running' | 'warned' | 'expired' | 'ext_expired' | 'stopped'
export type AssignmentState =
  | 'issued'
  | 'delivered'
  | 'acknowledged'
  | 'reported'
  | 'withdrawn'
  | 'superseded'
export type UnitRole = 'lead' | 'assisting' | 'informed'
export type LegState = 'placed' | 'ringing' | 'briefing' | 'joining' | 'joined' | 'ended'
export type CallState =
  | 'arrived'
  | 'desk'
  | 'queued'
  | 'ringing'
  | 'talking'
  | 'alone'
  | 'room'
  | 'held'
  | 'ending'
  | 'ended'

export interface MarkView {
  code: string
  ordinal: number
  due_at: number
  at: number
  late_by_ms: number
  held: boolean
}

export interface ClockView {
  id: string
  basis_at: number
  due_at: number
  ceiling_at: number
  version: number
  state: ClockState
  held: boolean
  stopped_at: number | null
  stop_reason: string
  next_mark_at: number | null
  marks: MarkView[]
}

export interface CalleeView {
  contact: string
  name: string
  post: string
  rung: string
  about: string
  purpose: string
  since: number
  leg: string | null
  closed: string
  tries: number
  last_outcome: string
}

export interface FeedbackView {
  id: string
  final: boolean
  received_at: number
  entered_at: number
  next_report_at: number | null
  complete: boolean
  objection: string
  review: string
  reviewed_at: number | null
  reject_code: string
  who_responds: string
  action_taken: string
  arrival: string
  situation: string
}

export interface AssignmentView {
  id: string
  unit: string
  unit_name: string
  role: UnitRole
  means: string
  state: AssignmentState
  active: boolean
  handed_over_at: number
  delivered_at: number | null
  acknowledged_at: number | null
  acknowledged_by: string | null
  acknowledged_how: string
  report_begun_at: number | null
  return_requested_at: number | null
  extension_requested_at: number | null
  clock: ClockView | null
  callees: CalleeView[]
  feedback: FeedbackView[]
}

export interface AlarmView {
  id: string
  kind: string
  priority: number
  assignment: string | null
  action: string
  role: string
  raised_at: number
}

export interface LegView {
  id: string
  assignment: string
  contact: string
  name: string
  number: string
  purpose: string
  mode: string
  about: string
  state: LegState
  placed_at: number
  ringing_at: number | null
  answered_at: number | null
  joined_at: number | null
  left_at: number | null
  outcome: string
  /** Since when it hears music. */
  held_at?: number | null
  /** The number of another case that had this telephone when it was not reached. */
  engaged?: string
}

export interface HandoverView {
  call: string | null
  requester_at: string
  agent: string | null
  agent_at: string
  /** together, hold (the requester hears music), split (the unit does), leave */
  arrangement?: string
  requester_held_at?: number | null
  /** Which of hold, split, join and leave make sense now. */
  may?: string[]
  legs: LegView[]
}

export interface CaseView {
  id: string
  number: string
  seq: number
  class: CaseClass
  category: string | null
  category_name: string
  district: string | null
  district_name: string
  township: string
  address: string
  text: string
  requester: { number: string; name: string; anonymous: boolean }
  casualties: number
  hazards: string[]
  why: string
  source: string
  state: string
  open: boolean
  exercise: boolean
  time_scale: number
  accepted_at: number
  accepted_by: string
  /** When a paper form was entered; null for a case that was taken here. */
  entered_at?: number | null
  taken_over_by: string
  line: string
  clock: ClockView | null
  least_due_at: number | null
  assignments: AssignmentView[]
  alarms: AlarmView[]
  call: HandoverView | null
}

export interface UnitMatch {
  unit: string
  unit_name: string
  cases: { case: string; number: string; assignment: string; category: string | null; exercise?: boolean }[]
}

export interface HistoryItem {
  case: string
  number: string
  class: CaseClass
  category: string | null
  state: string
  accepted_at: number
  exercise?: boolean
}

/** A case as a search finds it. */
export interface CaseRow extends HistoryItem {
  district: string | null
  open: boolean
}

export interface CallView {
  id: string
  number: string
  dialled: string
  /** Keys pressed in a menu before. */
  ivr?: string
  state: CallState
  agent: string | null
  arrived_at: number
  queued_at: number | null
  answered_at: number | null
  ended_at: number | null
  case: string | null
  reason: string
  recorded_as: string
  unit_match: UnitMatch | null
  history: HistoryItem[]
  /** What the agent has typed so far, and how it was read. */
  text?: string
  /** What a speech engine has heard from the caller so far. */
  transcript?: string
  classification?: Reading | null
  /** Who comes back: open cases of the number, and the call-back he is owed. */
  open_cases?: CaseRow[]
  missed?: CallbackView | null
  listeners?: { seat: string; name: string; mode: string; since: number }[]
}

/** A lost caller who is owed a call back. */
export interface CallbackView {
  id: string
  number: string
  kind: 'abandoned' | 'dropped'
  first_at: number
  last_at: number
  due_at: number | null
  times: number
  missed: number
  needed: number
  attempts: number
  reached: boolean
  callable: boolean
  tries: { at: number; by: string; seat: string; outcome: string }[]
}

/** What is known (A4.3). `category` '' is only shown; `district` '' is the whole city. */
export interface BulletinView {
  id: string
  kind: 'outage' | 'planned' | 'weather' | 'incident'
  category: string
  district: string
  text: string
  since: number
  until: number
  by: string
  entered_at: number
}

export interface RecordingView {
  id: string
  call: string | null
  leg: string | null
  case: string | null
  began_at: number
  duration_ms: number
  bytes: number
  sha256: string
  closed_at: number
  deleted_at: number | null
}

export interface AgentView {
  id: string
  state: string
  reason: string
  call: string | null
  wrapup_until?: number | null
}

export interface StatusView {
  state: string
  reason: string
  since: number
}

export interface DirectoryUnit {
  id: string
  name: string
  initials: string
  kind: string
  level: string
  district: string | null
  categories: string[]
  feature_code: string
}

export interface Directory {
  version: string
  units: DirectoryUnit[]
  categories: { code: string; name: string; class: CaseClass }[]
  districts: { id: string; name: string }[]
  advice: Record<string, string>
  links: Record<string, string[]>
}

/** `effect`: fact, for, against, or `discounted:<why>` with the words (`cue`) that say so. */
export interface Evidence {
  words: string
  rule: string
  clause: string
  effect: string
  cue?: string
}

export interface Reading {
  class: CaseClass
  category: string | null
  district: string | null
  township?: string
  probability: number | null
  doubt: boolean | string
  casualties: number
  hazards: string[]
  /** A lower class that the reader proposes and that waits for a person. */
  proposed?: CaseClass | null
  evidence: Evidence[]
  unit: { id: string; name: string } | null
  assisting: { id: string; name: string; role?: string }[]
  advice: string
  /** Facts that stand now, by their kind. */
  facts?: { kind: string; words: string }[]
  /** The several matters of one call. */
  matters?: { class: CaseClass; category: string | null; district?: string | null; words: string; rule?: string; clause?: string }[]
  /** Lines to bridge first when life is at risk. */
  links?: string[]
}

export type Role = 'agent' | 'supervisor' | 'auditor' | 'admin'

export interface SessionUser {
  user: string
  name: string
  role: Role
  seat: string
}

export interface Hello {
  session: SessionUser
  server_now: number
  version: string
  time_scale: number
  simulated: boolean
  exercise: boolean
  seq: number
}

export interface Notice {
  case?: string
  role?: string
  text?: string
  at?: number
}

/**
 * What describes the present. `live` ones replace calls, seats and status only: the changed cases
 * follow as replayed frames.
 */
export interface SnapshotFrame {
  kind: 'snapshot'
  seq: number
  live?: boolean
  frames: Frame[]
}

/** One frame of the feed; `seq` 0 marks live-only frames that are never replayed. */
export interface Frame {
  kind: string
  seq: number
  prev: number
  key: string
  data: unknown
}

export interface Reply {
  kind: 'reply'
  re: number
  ok: boolean
  data?: unknown
  code?: string
  message_zh?: string
  message_en?: string
  field?: string
}

/** One line of a case's ledger. */
export interface LedgerLine {
  seq: number
  at: number
  actor: string
  type: string
  clause: string
  data: Record<string, unknown>
}
