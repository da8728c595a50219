import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'

import type { CallView } from '@/api/types'
import { reading } from '@/testing/samples'
import { useCalls } from './calls'
import { useDesk } from './desk'
import { useSession } from './session'

const call = (over: Partial<CallView>): CallView => ({
  id: '1.1', number: '19900000001', dialled: '12345', state: 'talking', agent: 'agent1', arrived_at: 1, queued_at: 1,
  answered_at: 2, ended_at: null, case: null, reason: 'new', recorded_as: '', unit_match: null, history: [], ...over,
})

beforeEach(() => {
  setActivePinia(createPinia())
  const session = useSession()
  session.user = { user: 'agent1', name: '测试甲', role: 'agent', seat: 'agent1' }
})

describe('the reading at the desk', () => {
  it('follows what a speech engine hears, before anything is typed', async () => {
    const desk = useDesk()
    useCalls().apply([['1.1', call({})]])
    await nextTick()
    expect(desk.draft.reading).toBeNull()
    useCalls().apply([['1.1', call({ transcript: '有煤气味', classification: reading() })]])
    await nextTick()
    expect(desk.draft.reading?.category).toBe('E2.GAS')
  })
  it('leaves fields that were emptied for the next matter alone', async () => {
    const desk = useDesk()
    useCalls().apply([['1.1', call({ transcript: '有煤气味', classification: reading() })]])
    await nextTick()
    desk.clearDraft('1.1')
    useCalls().apply([['1.1', call({ transcript: '有煤气味,头晕', classification: reading() })]])
    await nextTick()
    expect(desk.draft.reading).toBeNull()
  })
})
