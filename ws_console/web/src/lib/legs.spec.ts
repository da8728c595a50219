import { describe, expect, it } from 'vitest'

import { assignmentView, caseView, legView, T0 } from '@/testing/samples'
import { heardCandidate, legProgress, liveLegs, onLine, orderedLegs } from './legs'

const withLegs = (...legs: ReturnType<typeof legView>[]) =>
  caseView({ call: { call: 'k', requester_at: 'room', agent: 'agent1', agent_at: 'room', legs } })

describe('legs', () => {
  it.each([
    [legView(), 'placed', T0],
    [legView({ state: 'ringing', ringing_at: T0 + 1 }), 'ringing', T0 + 1],
    [legView({ state: 'briefing', answered_at: T0 + 2 }), 'briefing', T0 + 2],
    [legView({ state: 'briefing', answered_at: T0 + 2, purpose: 'inform' }), 'informing', T0 + 2],
    [legView({ state: 'joined', joined_at: T0 + 3 }), 'joined', T0 + 3],
    [legView({ state: 'ended', outcome: 'busy' }), 'outcome.busy', null],
    [legView({ state: 'ended', outcome: 'never heard of' }), 'outcome.unknown', null],
  ])('%#: %s', (leg, key, since) => expect(legProgress(leg)).toMatchObject({ key, since }))

  it('orders the living first, then the ended, newest first', () => {
    const view = withLegs(
      legView({ id: '3', state: 'ended', left_at: T0 + 1 }),
      legView({ id: '2', state: 'ringing', placed_at: T0 + 2 }),
      legView({ id: '4', state: 'ended', left_at: T0 + 9 }),
      legView({ id: '1', state: 'joined', placed_at: T0 }),
    )
    expect(orderedLegs(view).map((l) => l.id)).toEqual(['1', '2', '4', '3'])
    expect(liveLegs(view)).toHaveLength(2)
    expect(onLine(view)).toEqual(['c1/a1'])
  })
  it('offers "heard and accepted" for the unit on the line, else the lead', () => {
    const helper = assignmentView({ id: 'c1/a2', role: 'assisting' })
    const view = { ...withLegs(legView({ assignment: 'c1/a2', state: 'joined' })), assignments: [assignmentView(), helper] }
    expect(heardCandidate(view)).toBe('c1/a2')
    expect(heardCandidate(caseView())).toBe('c1/a1')
    expect(heardCandidate(caseView({ assignments: [helper] }))).toBeNull()
    expect(heardCandidate(caseView({ assignments: [assignmentView({ acknowledged_at: T0 })] }))).toBeNull()
  })
})
