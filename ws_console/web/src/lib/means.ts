/** The three means of a hand-over, and what may be done with the conversation now. */
import type { CaseView } from '@/api/types'
import type { Action } from '@/lib/keys'

export const MEANS = ['three_way', 'outbound', 'transfer'] as const
export type Means = (typeof MEANS)[number]

/** The key of each means: accept and hand over in this way. */
export const MEANS_KEY: Record<Means, Action> = { three_way: 'accept', outbound: 'outbound', transfer: 'transfer' }

export const MOVES = ['hold', 'join', 'split', 'leave'] as const
export type Move = (typeof MOVES)[number]

/** What the service would allow now, in the order of the buttons. */
export function mayDo(view: CaseView | null): Move[] {
  const may = view?.call?.may ?? []
  return MOVES.filter((move) => may.includes(move))
}

/** Another unit in mid-call joins the conversation; with nobody on the line the agent is rung. */
export const meansOfAnother = (view: CaseView): Means =>
  ['talking', 'room', 'held'].includes(view.call?.requester_at ?? '') ? 'three_way' : 'outbound'
