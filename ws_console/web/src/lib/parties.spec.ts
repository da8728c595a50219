import { describe, expect, it } from 'vitest'

import type { CallView, CaseView } from '@/api/types'
import { partiesOf } from './parties'

const call = {
  id: '1.1', number: '19900000001', arrived_at: 10, answered_at: 20, agent: 'agent1', case: 'C',
  listeners: [{ seat: 'agent4', name: '测试班长', mode: 'listen', since: 50 }],
} as unknown as CallView
const view = {
  call: { legs: [
    { state: 'joined', joined_at: 40, name: '测试甲', number: '05635550101' },
    { state: 'ringing', joined_at: null, name: '测试乙', number: '05635550102' },
  ] },
} as unknown as CaseView

describe('parties of a conversation', () => {
  it('are the caller, the agent, the units that joined, and who listens', () => {
    expect(partiesOf(call, view)).toEqual([
      { party: 'requester', who: '19900000001', since: 10 },
      { party: 'agent', who: 'agent1', since: 20 },
      { party: 'unit', who: '测试甲', since: 40 },
      { party: 'supervisor', who: '测试班长', since: 50, mode: 'listen' },
    ])
  })
  it('are the caller alone when nobody else is there', () => {
    const alone = { ...call, agent: null, listeners: [] }
    expect(partiesOf(alone, null).map((p) => p.party)).toEqual(['requester'])
  })
})
