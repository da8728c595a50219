import { describe, expect, it } from 'vitest'

import { emptyPaper, instantOf, paperArgs } from './paper'

describe('paper', () => {
  it('reads Beijing time, with and without seconds', () => {
    expect(instantOf('2026-11-22T15:04:05')).toBe(Date.UTC(2026, 10, 22, 7, 4, 5))
    expect(instantOf('2026-11-22T15:04')).toBe(Date.UTC(2026, 10, 22, 7, 4, 0))
    expect(instantOf('')).toBeNull()
    expect(instantOf('nonsense')).toBeNull()
  })
  it('sends nothing for what did not happen', () => {
    const draft = emptyPaper()
    draft.calls.push({ at: '', name: '值班室', number: '', reached: true })
    draft.calls.push({ at: '2026-11-22T15:05:00', name: '测试甲', number: '', reached: false })
    const args = paperArgs(draft)
    expect(args.handed_over_at).toBeNull()
    expect(args.unit).toBeNull()
    expect(args.category).toBeNull()
    expect(args.calls).toEqual([{ called_at: Date.UTC(2026, 10, 22, 7, 5), name: '测试甲', number: '', reached: false }])
  })
})
