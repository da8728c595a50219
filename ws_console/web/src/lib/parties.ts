import type { CallView, CaseView } from '@/api/types'

/** One party of a live conversation; `since` in server milliseconds. */
export interface TalkParty {
  party: 'requester' | 'agent' | 'unit' | 'supervisor'
  who: string
  since: number
  mode?: string
}

/** Who talks in this call: from the call's own view and from the legs of its case. */
export function partiesOf(call: CallView, view: CaseView | null): TalkParty[] {
  const found: TalkParty[] = [{ party: 'requester', who: call.number, since: call.arrived_at }]
  if (call.agent) found.push({ party: 'agent', who: call.agent, since: call.answered_at ?? call.arrived_at })
  for (const leg of view?.call?.legs ?? []) {
    if (leg.state === 'joined' && leg.joined_at !== null)
      found.push({ party: 'unit', who: leg.name || leg.number, since: leg.joined_at })
  }
  for (const x of call.listeners ?? [])
    found.push({ party: 'supervisor', who: x.name || x.seat, since: x.since, mode: x.mode })
  return found
}
