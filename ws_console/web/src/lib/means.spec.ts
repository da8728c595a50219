import { describe, expect, it } from 'vitest'

import type { CaseView } from '@/api/types'
import { DEFAULT_KEYS } from './keys'
import { mayDo, meansOfAnother, MEANS, MEANS_KEY } from './means'

const view = (may: string[] | undefined, requester_at = 'room'): CaseView =>
  ({ call: { legs: [], may, requester_at } }) as unknown as CaseView

describe('means', () => {
  it('has a key of its own for each', () => {
    expect(new Set(MEANS.map((m) => DEFAULT_KEYS[MEANS_KEY[m]])).size).toBe(3)
  })
  it('shows what makes sense, in one order', () => {
    expect(mayDo(null)).toEqual([])
    expect(mayDo(view(undefined))).toEqual([])
    expect(mayDo(view(['leave', 'hold']))).toEqual(['hold', 'leave'])
  })
  it('calls out where nobody is on the line', () => {
    expect(meansOfAnother(view([], 'held'))).toBe('three_way')
    expect(meansOfAnother(view([], 'gone'))).toBe('outbound')
    expect(meansOfAnother({ call: null } as CaseView)).toBe('outbound')
  })
})
